using System.Runtime.InteropServices;

namespace EdgeBox.Daemon.Checks;

/// <summary>Whether the numbers of the input are in the answer, each as often, in whatever digits. Numbers that only the answer has are not judged.</summary>
internal sealed class NumbersJudge : IJudge
{
    public string Name => "keeps the numbers of the input";

    public string? Judge(string answer, string input)
    {
        var wanted = Count(input);
        var values = wanted.Keys.SelectMany(ValuesOf).ToHashSet(StringComparer.Ordinal);
        var given = Count(answer).Where(number => ValuesOf(number.Key).Any(values.Contains)).ToDictionary();
        foreach (var number in wanted.Keys.Where(given.ContainsKey).ToList())
        {
            Take(wanted, given, number, number);
        }

        // What can mean two values is the other if that is what the other text has.
        var byValue = given.Keys.SelectMany(number => ValuesOf(number).Select(value => (value, number))).ToLookup(pair => pair.value, pair => pair.number);
        foreach (var want in wanted.Keys.ToList())
        {
            foreach (var have in ValuesOf(want).SelectMany(value => byValue[value]).Distinct())
            {
                Take(wanted, given, want, have);
            }
        }

        var missing = wanted.Where(number => number.Value > 0).Select(number => number.Key.Value).ToList();
        var tooMany = given.Where(number => number.Value > 0).Select(number => number.Key.Value).ToList();
        return missing.Count > 0
                ? $"The answer lacks numbers of the input: {Words.List(missing)}. Keep every number, as often as it comes."
            : tooMany.Count > 0
                ? $"The answer has numbers more often than the input: {Words.List(tooMany)}. Keep every number as often as it comes."
            : null;
    }

    private static IEnumerable<string> ValuesOf(Numbers.Number number) => number.Other is { } other ? [number.Value, other] : [number.Value];

    private static Dictionary<Numbers.Number, int> Count(string text)
    {
        var counts = new Dictionary<Numbers.Number, int>();
        foreach (var number in Numbers.Of(text))
        {
            CollectionsMarshal.GetValueRefOrAddDefault(counts, number, out _)++;
        }

        return counts;
    }

    private static void Take(Dictionary<Numbers.Number, int> wanted, Dictionary<Numbers.Number, int> given, Numbers.Number want, Numbers.Number have)
    {
        var taken = Math.Min(wanted[want], given[have]);
        wanted[want] -= taken;
        given[have] -= taken;
    }
}
