using EdgeBox.Daemon.Failures;

namespace EdgeBox.Daemon.Gateway.Bodies;

/// <summary>What the fields of the box's own contract are called in the format in which a client asked: refusals name what the client wrote.</summary>
internal sealed class WireNames
{
    private readonly List<(string Box, string Wire)> _names = [];

    /// <summary>Notes what a field, and whatever lies in it, is called.</summary>
    /// <param name="box">In the box's contract, e.g. "sampling.top_p".</param>
    /// <param name="wire">As the client wrote it, e.g. "top_p".</param>
    public void Note(string box, string wire) => _names.Add((box, wire));

    /// <summary>What a field is called for the client.</summary>
    public string Of(string box)
    {
        var best = ("", "");
        foreach (var name in _names)
        {
            if (name.Box.Length >= best.Item1.Length && Holds(name.Box, box))
            {
                best = name;
            }
        }

        return best.Item2 + box[best.Item1.Length..];
    }

    /// <summary>A failure with the field that it names as the client knows it.</summary>
    public FailureException Translate(FailureException failure)
    {
        var field = failure.Facts.FirstOrDefault(fact => fact.Key == "field").Value;
        if (field is null || Of(field) is var name && name == field)
        {
            return failure;
        }

        var message = failure.Message.StartsWith(field, StringComparison.Ordinal) ? name + failure.Message[field.Length..] : failure.Message;
        return new FailureException(failure.Reason, message, [.. failure.Facts.Select(fact => fact.Key == "field" ? (fact.Key, name) : fact)])
        {
            RetryAfter = failure.RetryAfter,
        };
    }

    private static bool Holds(string outer, string field) =>
        field.StartsWith(outer, StringComparison.Ordinal) && (field.Length == outer.Length || field[outer.Length] is '.' or '[');
}
