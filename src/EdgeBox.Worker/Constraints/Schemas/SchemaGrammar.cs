using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>Makes grammars of JSON Schemas, exactly or not at all.</summary>
internal static class SchemaGrammar
{
    /// <summary>The grammar of the values that a schema allows.</summary>
    /// <exception cref="GrammarException">The text is no schema, or beyond what is supported; the message is fit for a client.</exception>
    public static string Compile(string schema) => Compile(schema, new Work());

    /// <summary>The same, counting what it takes.</summary>
    public static string Compile(string schema, Work work) => Write(schema, "root", work);

    /// <summary>The same rules with a name of their own: that of the entry is the prefix, those of all others begin with it.</summary>
    /// <param name="schema">The schema; an empty text means the object without properties.</param>
    /// <param name="prefix">Letters, digits and dashes.</param>
    /// <exception cref="GrammarException">As for <see cref="Compile(string)"/>.</exception>
    public static string Rules(string schema, string prefix) =>
        prefix.Length > 0 && prefix.All(GrammarText.IsNameCharacter)
            ? schema.Length == 0 ? $"{prefix} ::= \"{{}}\"\n" : Write(schema, prefix, new Work())
            : throw new ArgumentException($"No name of a rule: {prefix}.", nameof(prefix));

    private static string Write(string schema, string prefix, Work work) => new SchemaPhrases(prefix, work).Write(SchemaDocument.Read(schema, work).Root);
}
