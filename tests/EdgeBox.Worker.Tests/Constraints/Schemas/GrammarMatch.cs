using System.Text;
using EdgeBox.Worker.Constraints;

namespace EdgeBox.Worker.Tests.Constraints.Schemas;

/// <summary>Whether texts match a grammar, byte by byte through the engine that holds models to it.</summary>
internal sealed class GrammarMatch
{
    private readonly AutomatonState _start;

    public GrammarMatch(string gbnf)
    {
        Grammar = new CompiledGrammar(Worker.Constraints.Grammar.Parse(gbnf, generated: true), new MaskCache(1 << 20));
        _start = Grammar.Start();
    }

    public CompiledGrammar Grammar { get; }

    /// <summary>Whether the whole text matches.</summary>
    public bool Accepts(string text) => After(text) is { IsDead: false, Ends: true };

    /// <summary>Whether the text is the begin of one that matches.</summary>
    public bool Begins(string text) => !After(text).IsDead;

    private AutomatonState After(string text)
    {
        var state = _start;
        foreach (var value in Encoding.UTF8.GetBytes(text))
        {
            state = state.IsDead ? state : state.Space.Step(state, value, new Effort());
        }

        return ReferenceEquals(state, AutomatonState.Beyond) ? throw new InvalidOperationException("The grammar is too ambiguous.") : state;
    }
}
