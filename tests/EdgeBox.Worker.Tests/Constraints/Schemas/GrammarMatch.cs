using System.Text;
using System.Text.Json;
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

    /// <summary>Whether a value as compact JSON matches with the names of its objects in any order.</summary>
    public bool AcceptsInSomeOrder(JsonElement value) => Behind(_start, value).Any(state => state.Ends);

    /// <summary>Whether the text is the begin of one that matches.</summary>
    public bool Begins(string text) => !After(text).IsDead;

    /// <summary>A random text of some of the characters that matches; null if none was found in so many steps.</summary>
    public string? Walk(Random random, string characters, int steps)
    {
        var (state, text) = (_start, new StringBuilder());
        for (var step = 0; step < steps; step++)
        {
            if (state.Ends && random.Next(3) == 0)
            {
                return text.ToString();
            }

            var next = characters.Select(c => (Character: c, State: state.Space.Step(state, (byte)c, new Effort()))).Where(way => !way.State.IsDead).ToList();
            if (next.Count == 0)
            {
                break;
            }

            // What closes comes more often than not.
            var closing = next.FindAll(way => "]}\"".Contains(way.Character, StringComparison.Ordinal));
            var chosen = closing.Count > 0 && random.Next(2) == 0 ? closing : next;
            (var character, state) = chosen[random.Next(chosen.Count)];
            text.Append(character);
        }

        return state.Ends ? text.ToString() : null;
    }

    /// <summary>The states behind a value, for each order of its names that can go on.</summary>
    private static IEnumerable<AutomatonState> Behind(AutomatonState state, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => BehindItems(After("[", state), [.. value.EnumerateArray()], 0),
        JsonValueKind.Object => BehindProperties(After("{", state), [.. value.EnumerateObject()], first: true),
        JsonValueKind.String => [After(CanonicalText.Text(value.GetString()!), state)],
        JsonValueKind.Number => [After(CanonicalText.Number(value.GetRawText()), state)],
        _ => [After(value.GetRawText(), state)],
    };

    private static IEnumerable<AutomatonState> BehindItems(AutomatonState state, JsonElement[] items, int index) => state.IsDead ? []
        : index == items.Length ? [After("]", state)]
        : Behind(index > 0 ? After(",", state) : state, items[index]).SelectMany(behind => BehindItems(behind, items, index + 1));

    private static IEnumerable<AutomatonState> BehindProperties(AutomatonState state, JsonProperty[] properties, bool first) => state.IsDead ? []
        : properties.Length == 0 ? [After("}", state)]
        : properties.SelectMany(property => Behind(After($"{(first ? "" : ",")}{CanonicalText.Text(property.Name)}:", state), property.Value)
            .SelectMany(behind => BehindProperties(behind, [.. properties.Where(other => other.Name != property.Name)], first: false)));

    private AutomatonState After(string text) => After(text, _start);

    private static AutomatonState After(string text, AutomatonState state)
    {
        foreach (var value in Encoding.UTF8.GetBytes(text))
        {
            state = state.IsDead ? state : state.Space.Step(state, value, new Effort());
        }

        return ReferenceEquals(state, AutomatonState.Beyond) ? throw new InvalidOperationException("The grammar is too ambiguous.") : state;
    }
}
