using System.Text;
using EdgeBox.Testing.Models;
using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Tests.Sessions;

namespace EdgeBox.Worker.Tests.Constraints;

/// <summary>The same tokens are allowed as llama.cpp's own grammar sampler allows, step by step.</summary>
[Collection(EngineCollection.Name)]
public sealed class EngineGrammarTests(ModelFiles files)
{
    private const int Walks = 25;
    private const int Steps = 30;

    private static readonly string[] s_pieces =
    [
        "{\"", "\"}", "\":", "\": ", "\", \"", "{}", "[]", "true", "false", "null", "name", "status", "open", "closed", " \"", "\\\"", "\\u", "00", "1.5", "-1", "e+",
        "ab", "abc", "bb", "bbc", "aaaa", "def", "- ", "- a", "\n- ", "\n", "\n\n", "  ", "    ", "x=", "(a", ")+", "1. ", "e4", "Nf3", "O-O", "#\n", "The", " box", ".",
        "\xE1\x80", "\x80\x81", "\xE1\x80\x80", "\xE0\xBD", "\xBD\x80", "\xF0\x9F\x98", "\x98\x80", "\xC3", "\xA9\xC3", "\xC3\xA9", "\xE1\x80\x81\xE1\x80", "a\xE1", "\x80 ", "\xE2\x80",
    ];

    [Fact]
    public void Allows_AlongRandomWalks_AsTheEngineDoes()
    {
        using var model = Load();
        var pieces = model.Vocabulary.Pieces;
        var constraints = new GrammarConstraints(() => pieces);
        var compared = 0;
        foreach (var (name, gbnf) in SampleGrammars.All)
        {
            for (var seed = 0; seed < Walks; seed++)
            {
                compared += Walk(model, constraints, name, gbnf, seed);
            }
        }

        Assert.InRange(compared, SampleGrammars.All.Count * Walks * 2, int.MaxValue);
    }

    [Fact]
    public void Allows_RandomGrammars_AsTheEngineDoes()
    {
        using var model = Load();
        var pieces = model.Vocabulary.Pieces;
        var constraints = new GrammarConstraints(() => pieces);
        var (taken, compared) = (0, 0);
        for (var seed = 0; seed < 300; seed++)
        {
            // What may repeat nothing is left recursion to the engine, which it refuses.
            var gbnf = new RandomGrammar(seed).Write();
            using var probe = new EngineGrammar(model, gbnf);
            if (probe.IsGrammar)
            {
                taken++;
                compared += Walk(model, constraints, $"random grammar {seed}", gbnf, seed);
            }
        }

        Assert.InRange(taken, 100, 300);
        Assert.InRange(compared, 300, int.MaxValue);
    }

    [Theory]
    [InlineData("a ::= \"x\"")]
    [InlineData("root ::= b")]
    [InlineData("root ::= \"a")]
    [InlineData("root ::= [a")]
    [InlineData("root ::= \"\\q\"")]
    [InlineData("root ::= (\"a\"")]
    [InlineData("root ::= \"a\"{")]
    [InlineData("root ::= * \"a\"")]
    [InlineData("root ::= root \"a\"")]
    [InlineData("root = \"a\"")]
    public void Parse_WhatTheEngineRefuses_IsRefused(string gbnf)
    {
        using var model = Load();
        using var engine = new EngineGrammar(model, gbnf);
        Assert.False(engine.IsGrammar);
        Assert.Throws<GrammarException>(() => Grammar.Parse(gbnf));
    }

    /// <summary>Compares step by step; returns the number of steps.</summary>
    private static int Walk(LlamaModel model, GrammarConstraints constraints, string name, string gbnf, int seed)
    {
        using var engine = new EngineGrammar(model, gbnf);
        Assert.True(engine.IsGrammar, name);
        var pieces = model.Vocabulary.Pieces;
        var ours = constraints.Create(gbnf);
        var random = new Random(seed);
        var text = new List<byte>();
        for (var step = 0; step < Steps; step++)
        {
            var theirs = engine.Allowed();
            var both = new List<int>();
            for (var token = 0; token < pieces.Count; token++)
            {
                var end = model.Vocabulary.EndsGeneration(token);
                var (allowed, form) = (ours.Allows(token), FormOf([.. text, .. pieces[token]]));
                var where = $"{name}, \"{Encoding.UTF8.GetString([.. text])}\", token {token} \"{Encoding.UTF8.GetString(pieces[token])}\"";
                if ((!end && pieces[token].IsEmpty) || (end && form == Form.Partial) || form == Form.Malformed)
                {
                    // The engine knows pieces of signs, ends inside a character, and takes overlong forms and surrogates for characters.
                    Assert.False(allowed, where);
                }
                else if (form == Form.Whole)
                {
                    Assert.True(theirs.Contains(token) == allowed, where);
                }
                else
                {
                    // Behind the first bytes of a character the engine gives up a negated class when only one of its characters is excluded.
                    Assert.True(allowed || !theirs.Contains(token), where);
                }

                if (allowed && theirs.Contains(token))
                {
                    both.Add(token);
                }
            }

            var next = both.Count == 0 ? -1 : both[random.Next(both.Count)];
            if (next < 0 || model.Vocabulary.EndsGeneration(next))
            {
                return step + 1;
            }

            engine.Accept(next);
            ours.Accept(next);
            text.AddRange(pieces[next]);
        }

        return Steps;
    }

    private static Form FormOf(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var length);
            if (status == System.Buffers.OperationStatus.NeedMoreData)
            {
                return Form.Partial;
            }

            if (status != System.Buffers.OperationStatus.Done || rune.Value == 0)
            {
                return Form.Malformed;
            }

            bytes = bytes[length..];
        }

        return Form.Whole;
    }

    /// <summary>A gpt-oss model whose vocabulary has every byte and the pieces.</summary>
    private LlamaModel Load()
    {
        var path = files.File("grammar.gguf", p => ScriptedModel.Write(p, new Script(
            Script.EndOfAnything, [.. s_pieces.Select(piece => new ScriptToken(piece, IsSign: false)), new ScriptToken("<|return|>", IsSign: true)])));
        return LlamaModel.Load([path], 0, _ => true, RuntimePack.Open(WorkerClient.PackDirectory, TimeProvider.System).Log);
    }

    /// <summary>How a text ends.</summary>
    private enum Form
    {
        Whole,
        Partial,
        Malformed,
    }
}
