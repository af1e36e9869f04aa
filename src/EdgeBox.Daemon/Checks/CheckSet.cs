using System.Globalization;
using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.Limit;

namespace EdgeBox.Daemon.Checks;

/// <summary>The checks of a request, understood once and ready to judge any number of answers.</summary>
/// <remarks>Pure: no clock, no file, no log. Every judge is bounded in time by the length of what it reads.</remarks>
internal sealed class CheckSet
{
    public const int MaxChecks = 32;
    public const int MaxNameCharacters = 256;

    private readonly IReadOnlyList<(string Name, IJudge Judge)> _judges;

    private CheckSet(IReadOnlyList<(string Name, IJudge Judge)> judges) => _judges = judges;

    /// <summary>How many checks there are.</summary>
    public int Count => _judges.Count;

    /// <summary>Understands checks.</summary>
    /// <param name="checks">As a client gave them.</param>
    /// <param name="input">What the answer will be an answer to.</param>
    /// <param name="field">How the client knows them.</param>
    /// <exception cref="Failures.FailureException">INVALID_ARGUMENT: one cannot be judged; the field and the limit are named.</exception>
    public static CheckSet Prepare(IReadOnlyList<Check> checks, string input, string field = "checks")
    {
        Inference.Limit.Count(field, checks.Count, 0, MaxChecks);
        var judges = new List<(string Name, IJudge Judge)>(checks.Count);
        for (var i = 0; i < checks.Count; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{field}[{i}]");
            Length($"{name}.name", checks[i].Name, 0, MaxNameCharacters);
            var judge = JudgeOf(checks[i], input, name);
            judges.Add((checks[i].Name.Length > 0 ? checks[i].Name : judge.Name, judge));
        }

        return new CheckSet(judges);
    }

    /// <summary>Judges an answer by every check, in their order.</summary>
    public IReadOnlyList<CheckVerdict> Judge(string answer, string input) => [.. _judges.Select(check =>
    {
        var problem = check.Judge.Judge(answer, input);
        return new CheckVerdict { Name = check.Name, Passed = problem is null, Problem = problem ?? "" };
    })];

    /// <summary>Understands one check.</summary>
    /// <exception cref="Failures.FailureException">As for several.</exception>
    public static IJudge JudgeOf(Check check, string input, string field) => check.KindCase switch
    {
        Check.KindOneofCase.JsonSchema => SchemaJudge.Of(check.JsonSchema, $"{field}.json_schema"),
        Check.KindOneofCase.Regex => RegexJudge.Of(check.Regex, $"{field}.regex"),
        Check.KindOneofCase.Contains => TextJudge.Of(check.Contains, wanted: true, $"{field}.contains"),
        Check.KindOneofCase.Forbids => TextJudge.Of(check.Forbids, wanted: false, $"{field}.forbids"),
        Check.KindOneofCase.Script => ScriptJudge.Of(check.Script, $"{field}.script"),
        Check.KindOneofCase.Language => LanguageJudge.Of(check.Language, $"{field}.language"),
        Check.KindOneofCase.Length => LengthJudge.Of(check.Length, $"{field}.length"),
        Check.KindOneofCase.KeepsNumbers => check.KeepsNumbers
            ? new NumbersJudge()
            : throw Refuse($"{field}.keeps_numbers", "is false", "true; leave the check out to check nothing"),
        Check.KindOneofCase.KeepsNames => NamesJudge.Of(check.KeepsNames, $"{field}.keeps_names"),
        Check.KindOneofCase.ErrorRate => ErrorRateJudge.Of(check.ErrorRate, input, $"{field}.error_rate"),
        _ => throw Refuse(field, "checks nothing that this release understands",
            "json_schema, regex, contains, forbids, script, language, length, keeps_numbers, keeps_names or error_rate"),
    };
}
