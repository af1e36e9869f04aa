using System.Globalization;
using EdgeBox.Cli.Commands;
using EdgeBox.V1;

namespace EdgeBox.Cli.Rendering;

/// <summary>Shows acceptance reports on a terminal.</summary>
internal static class ReportTable
{
    private const int MostProblems = 50;

    /// <summary>One report: its cases, its figures, its verdict.</summary>
    public static void Write(Session session, AcceptanceReport report)
    {
        Tables.Write(session.Shell,
            [new(""), new("CASE"), new("PASSED", true), new("TOKENS/S", true), new("FIRST TOKEN", true), new("WHAT DID NOT PASS")],
            report.Results.Select(r => new[]
            {
                r.Passed ? "✓" : "✗", r.Name, $"{r.Passes}/{r.Runs}",
                r.TokensPerSecond > 0 ? Number($"{r.TokensPerSecond:0.0}") : "-",
                r.FirstToken is null ? "-" : Words.Precise(r.FirstToken),
                WhatFailed(r),
            }));
        session.Say("");
        Tables.WriteFacts(session.Shell,
            ("Report", report.Name),
            ("Model", Words.Short(report.Model)),
            ("Weights", string.Join(", ", report.PartSha256.Select(Shortened))),
            ("Suite", $"{Shortened(report.SuiteSha256)} ({(report.OwnSuite ? "the model's own" : "brought")})"),
            ("When", $"{Words.Time(report.StartTime)}, {Words.Duration(report.Duration)}"),
            ("Machine", report.Machine),
            ("Speed", report.TokensPerSecond > 0 ? Number($"{report.TokensPerSecond:0.0} tokens/s (median)") : null),
            ("First token", report.FirstToken is null ? null : $"{Words.Precise(report.FirstToken)} (median), {Words.Precise(report.FirstTokenP95)} (95 of 100)"),
            ("Tokens", Number($"{report.CompletionTokens} made, {report.PromptTokens} of prompts")),
            ("Energy", report.HasJoulesPerToken ? Number($"{report.JoulesPerToken:0.000} J of the GPU a token") : null),
            ("Cost", report.HasCostPerMillionTokens ? $"{Words.Money(report.CostPerMillionTokens, report.Cost?.Currency)} a million tokens, made one after the other" : null),
            ("Verdict", Verdict(report)));
    }

    /// <summary>Reports, newest first.</summary>
    public static void WriteList(Session session, IReadOnlyCollection<AcceptanceReport> reports)
    {
        if (reports.Count == 0)
        {
            session.Say("There are no reports. Make one with: edgeboxctl model test NAME --suite FILE");
            return;
        }
        Tables.Write(session.Shell,
            [new("REPORT"), new("MODEL"), new("WHEN"), new("VERDICT"), new("PASSED", true), new("TOKENS/S", true), new("SUITE")],
            reports.Select(r => new[]
            {
                r.Name, Words.Short(r.Model), Words.Time(r.StartTime), Words.Verdict(r.Verdict) ?? "-",
                $"{r.Passed}/{r.Passed + r.Failed}", r.TokensPerSecond > 0 ? Number($"{r.TokensPerSecond:0.0}") : "-", Shortened(r.SuiteSha256),
            }));
    }

    private static string Verdict(AcceptanceReport report)
        => report.Verdict == AcceptanceVerdict.Passed ? Number($"PASSED: all {report.Passed} cases") : Number($"NOT PASSED: {report.Failed} of {report.Passed + report.Failed} cases failed");

    private static string WhatFailed(AcceptanceResult result)
    {
        if (result.Passed)
        {
            return "";
        }
        var problems = result.Problem is { } problem ? [Failures.Of(problem).Message] : result.Checks.Where(c => !c.Passed).Take(MostProblems).Select(c => $"{c.Name}: {c.Problem}");
        return string.Join("; ", problems);
    }

    private static string Shortened(string hash) => hash.Length > 12 ? hash[..12] + "…" : hash;

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
