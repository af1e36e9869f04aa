using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace EdgeBox.Cli.Tests;

/// <summary>Acceptance reports that a real box could send, hostile answers included.</summary>
internal static class SampleReports
{
    public static AcceptanceReport Failed
    {
        get
        {
            var report = new AcceptanceReport
            {
                Name = "reports/0123456789abcdef",
                Model = "models/chat@2",
                SuiteSha256 = new string('5', 64),
                StartTime = Samples.Time,
                Duration = Seconds(83),
                Verdict = AcceptanceVerdict.Failed,
                CompletionTokens = 12_345,
                PromptTokens = 2_468,
                TokensPerSecond = 41.25,
                FirstToken = Seconds(0.25),
                FirstTokenP95 = Seconds(1.5),
                JoulesPerToken = 2.125,
                Cost = new CostBasis { BoxPrice = 120_000, Years = 5, KilowattHourPrice = 0.8, Currency = "CNY" },
                CostPerMillionTokens = 18.92,
                PartSha256 = { new string('a', 64), new string('b', 64) },
                Options = new LoadOptions { ContextTokens = 8192, Slots = 4 },
                Machine = "AMD EPYC 7543 32-Core Processor, 64 cores, 251.5 GiB, NVIDIA A100-SXM4-80GB",
                Version = "0.1.0",
                OwnSuite = true,
            };
            report.Results.AddRange(
            [
                Case("letter in Burmese", 44.5, "မြို့တော်က ဘာလဲ။", "ရန်ကုန် မဟုတ်ပါ၊ နေပြည်တော် ဖြစ်သည်။", Verdict("script")),
                Case("letter in Uyghur", 39.1, "پايتەخت قايسى؟", "بۇ بىر سىناق جاۋاب.", Verdict("script")),
                Case("numbers are kept", 12.5, "Say it again: 1,250 kg on 3 May.", "1,205 kg on 3 May.", Verdict("keeps numbers", "1,250 is missing")),
                Case("<script>alert(1)</script>", 41.25, "</div><img src=x onerror=alert(1)>", "\u001b[31m\"quoted\" & <b>bold</b> \u202eright to left", Verdict("forbids", "it holds \"<b>\"")),
                new AcceptanceResult
                {
                    Name = "too long", Runs = 3, Prompt = "Once upon a time",
                    Problem = ScriptedBox.Packed(ErrorReason.PromptTooLong, StatusCode.InvalidArgument, "The prompt has 9000 tokens; models/chat@2 takes at most 8192."),
                },
            ]);
            (report.Passed, report.Failed) = (2, 3);
            return report;
        }
    }

    public static AcceptanceReport Passed => new()
    {
        Name = "reports/fedcba9876543210", Model = "models/embed", SuiteSha256 = new string('6', 64), StartTime = Samples.Time, Duration = Seconds(1.5),
        Verdict = AcceptanceVerdict.Passed, Passed = 1, Machine = "a machine", Version = "0.1.0", PromptTokens = 9,
        Results = { new AcceptanceResult { Name = "texts", Passed = true, Passes = 1, Runs = 1, Answer = "2 × 384", Prompt = "a llama", Checks = { Verdict("finite numbers") } } },
    };

    public static Operation Ended(AcceptanceReport report)
    {
        var operation = Samples.Succeeded;
        operation.Kind = "model.test";
        operation.Response = Any.Pack(report);
        return operation;
    }

    private static AcceptanceResult Case(string name, double speed, string prompt, string answer, CheckVerdict verdict) => new()
    {
        Name = name, Runs = 1, Passed = verdict.Passed, Passes = verdict.Passed ? 1u : 0, TokensPerSecond = speed, FirstToken = Seconds(0.25), Prompt = prompt, Answer = answer, Checks = { verdict },
    };

    private static CheckVerdict Verdict(string name, string problem = "") => new() { Name = name, Passed = problem.Length == 0, Problem = problem };

    private static Duration Seconds(double seconds) => Duration.FromTimeSpan(TimeSpan.FromSeconds(seconds));
}
