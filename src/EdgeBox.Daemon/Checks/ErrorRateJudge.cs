using System.Globalization;
using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.Limit;

namespace EdgeBox.Daemon.Checks;

/// <summary>Whether an answer differs from a reference by no more than a share of its code points.</summary>
internal sealed class ErrorRateJudge : IJudge
{
    public const int MaxReferenceCharacters = 65_536;

    private readonly string _reference;
    private readonly float _most;

    private ErrorRateJudge(string reference, float most) => (_reference, _most) = (reference, most);

    public string Name => $"character error rate of at most {Words.Percent(_most)}";

    /// <summary>Understands a reference, which is the input if none is given.</summary>
    public static ErrorRateJudge Of(ErrorRateCheck check, string input, string field)
    {
        Length($"{field}.reference", check.Reference, 0, MaxReferenceCharacters);
        Range($"{field}.most", isSet: true, check.Most, 0, 1);
        if (check.Reference.Length == 0 && input.Length > MaxReferenceCharacters)
        {
            throw Refuse($"{field}.reference", string.Create(CultureInfo.InvariantCulture, $"is the input, which has {input.Length} characters"),
                string.Create(CultureInfo.InvariantCulture, $"1 to {MaxReferenceCharacters}"));
        }

        return new ErrorRateJudge(check.Reference, check.Most);
    }

    public string? Judge(string answer, string input)
    {
        var reference = EditDistance.CodePoints(_reference.Length > 0 ? _reference : input);
        var most = (int)Share.Of(_most, reference.Length);
        var given = EditDistance.CodePoints(answer, reference.Length + most + 1);
        var distance = Math.Abs(given.Length - reference.Length) > most ? (int?)null : EditDistance.Between(reference, given);
        return distance <= most ? null
            : distance is { } known ? $"The answer differs from what it should be in {Words.Percent((double)known / reference.Length)} of its characters; "
                + $"allowed are {Words.Percent(_most)}. Keep the text as it is but for what has to be changed."
            : $"The answer is much longer or shorter than what it should be; at most {Words.Percent(_most)} of its characters may differ.";
    }
}
