using EdgeBox.V1;

namespace EdgeBox.Daemon.Models.Acceptance;

/// <summary>Keeps a report within what a message may be: of very many cases, texts are shortened, those of cases that passed first.</summary>
internal static class ReportSize
{
    /// <summary>Half of the largest message.</summary>
    public const int MostBytes = Failures.MessageLimit.Bytes / 2;

    private static readonly int[] s_steps = [1024, 256, 64, 0];

    /// <summary>Shortens what has to be.</summary>
    public static void Fit(AcceptanceReport report)
    {
        foreach (var most in s_steps)
        {
            foreach (var passed in new[] { true, false })
            {
                if (report.CalculateSize() <= MostBytes)
                {
                    return;
                }

                foreach (var result in report.Results.Where(result => result.Passed == passed))
                {
                    Shorten(result, most);
                }
            }
        }
    }

    private static void Shorten(AcceptanceResult result, int most)
    {
        (result.Answer, result.Prompt) = (CaseRun.Cut(result.Answer, most), CaseRun.Cut(result.Prompt, most));
        if (most == 0 && result.Passed)
        {
            result.Checks.Clear();
        }
        else if (most == 0 && result.Checks.Count > 0)
        {
            var first = result.Checks[0];
            (first.Name, first.Problem) = (CaseRun.Cut(first.Name, 64), CaseRun.Cut(first.Problem, 128));
            result.Checks.Clear();
            result.Checks.Add(first);
        }
    }
}
