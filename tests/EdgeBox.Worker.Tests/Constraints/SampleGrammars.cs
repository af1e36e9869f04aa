namespace EdgeBox.Worker.Tests.Constraints;

/// <summary>Grammars of the kinds that people write.</summary>
internal static class SampleGrammars
{
    public static IReadOnlyList<(string Name, string Gbnf)> All { get; } =
    [
        ("json", """
            root   ::= object
            value  ::= object | array | string | number | ("true" | "false" | "null") ws
            object ::=
              "{" ws (
                        string ":" ws value
                ("," ws string ":" ws value)*
              )? "}" ws
            array  ::= "[" ws ( value ("," ws value)* )? "]" ws
            string ::=
              "\"" (
                [^"\\\x7F\x00-\x1F] |
                "\\" (["\\bfnrt] | "u" [0-9a-fA-F]{4}) # escapes
              )* "\"" ws
            number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9] [0-9]{0,15})? ws
            ws ::= | " " | "\n" [ \t]{0,20}
            """),
        ("schema", """
            root ::= "{" space name-kv "," space status-kv ("," space tags-kv)? "}" space
            name-kv ::= "\"name\"" space ":" space "\"" char{1,12} "\"" space
            status-kv ::= "\"status\"" space ":" space ("\"open\"" | "\"closed\"" | "\"on hold\"") space
            tags-kv ::= "\"tags\"" space ":" space "[" space (string ("," space string){0,3})? "]" space
            string ::= "\"" char* "\"" space
            char ::= [^"\\\x7F\x00-\x1F] | [\\] (["\\bfnrt] | "u" [0-9a-fA-F]{4})
            space ::= | " " | "\n"{1,2} [ \t]{0,20}
            """),
        ("arithmetic", """
            root  ::= (expr "=" ws term "\n")+
            expr  ::= term ([-+*/] term)*
            term  ::= ident | num | "(" ws expr ")" ws
            ident ::= [a-z] [a-z0-9_]* ws
            num   ::= [0-9]+ ws
            ws    ::= [ \t\n]*
            """),
        ("list", """
            root ::= item+
            item ::= "- " [^\r\n\x0b\x0c\x85\u2028\u2029]+ "\n"
            """),
        ("unicode", "root ::= (burmese | tibetan | [é-ü] | \"😀\"){1,6} \"။\"\nburmese ::= [က-႟]+\ntibetan ::= [\\u0F00-\\u0FFF]{2} [a-c]?"),
        ("chess", """
            root    ::= "1. " move " " move "\n" ([1-9] [0-9]? ". " move " " move "\n")+
            move    ::= (pawn | nonpawn | castle) [+#]?
            nonpawn ::= [NBKQR] [a-h]? [1-8]? "x"? [a-h] [1-8]
            pawn    ::= ([a-h] "x")? [a-h] [1-8] ("=" [NBKQR])?
            castle  ::= "O-O" "-O"?
            """),
        ("nested repetitions", "root ::= (\"a\" (\"b\"{2,3} \"c\"?){0,2} | [d-f]{3}){1,4} \".\""),
        ("optional", "root ::= \"a\"? \"b\"? \"c\"? (\"d\" \"e\"?)? \"f\"*"),
        ("anything", "root ::= .*"),
        ("words", "root ::= [A-Z] [a-z]+ (\" \" [A-Za-z0-9_.]+){1,20} \".\""),
        ("ambiguous", "root ::= s \"e\"\ns ::= \"a\" s | \"a\" s \"b\" | \"d\" | \"d\" s?"),
        ("recursive", "root ::= \"(\" root* \")\" | \"[\" root \"]\" | [a-e]"),
    ];
}
