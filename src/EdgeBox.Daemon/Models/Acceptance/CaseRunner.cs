using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;

namespace EdgeBox.Daemon.Models.Acceptance;

/// <summary>Runs a case as often as it asks for, waits while the box is too busy to take it, and gives up what takes too long.</summary>
internal sealed class CaseRunner(CaseRun run, TimeProvider time)
{
    /// <summary>How long one run of a case may take, its wait for a slot included.</summary>
    public static readonly TimeSpan MostTime = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan s_usualRetry = TimeSpan.FromSeconds(1);

    /// <summary>Runs a case as often as it says.</summary>
    /// <param name="served">The model.</param>
    /// <param name="asked">Judged by <see cref="SuiteLimits"/>.</param>
    /// <param name="figures">Where every run is added.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<AcceptanceResult> RunAsync(LeasedModel served, AcceptanceCase asked, ReportFigures figures, CancellationToken cancellation)
    {
        var result = new AcceptanceResult { Name = asked.Name, Runs = Math.Max(1, asked.Runs), Prompt = CaseRun.PromptOf(asked) };
        CaseOutcome? told = null;
        for (var i = 0; i < result.Runs; i++)
        {
            var outcome = await RunOnceAsync(served, asked, cancellation);
            figures.Add(outcome);
            result.Passes += outcome.Passed ? 1u : 0;
            result.TokensPerSecond = Math.Max(result.TokensPerSecond, outcome.TokensPerSecond);
            if (outcome.FirstToken is { } first && (result.FirstToken is null || first < result.FirstToken.ToTimeSpan()))
            {
                result.FirstToken = Duration.FromTimeSpan(first);
            }

            told = told is null || !outcome.Passed || told.Passed ? outcome : told; // The last that did not pass, or else the last.
        }

        result.Passed = result.Passes >= Math.Max(1, asked.LeastPasses);
        result.Checks.AddRange(told!.Verdicts.Any(verdict => !verdict.Passed) ? told.Verdicts.Where(verdict => !verdict.Passed) : told.Verdicts);
        result.Answer = told.Answer;
        result.Problem = told.Problem is { } problem ? FailureStatus.From(problem) : null;
        return result;
    }

    private async Task<CaseOutcome> RunOnceAsync(LeasedModel served, AcceptanceCase asked, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(MostTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            while (true)
            {
                try
                {
                    return await run.RunAsync(served, asked, either.Token);
                }
                catch (FailureException busy) when (busy.Reason is ErrorReason.QueueFull or ErrorReason.WorkerBackingOff)
                {
                    await Task.Delay(busy.RetryAfter ?? s_usualRetry, time, either.Token);
                }
            }
        }
        catch (FailureException problem)
        {
            return new CaseOutcome([], "") { Problem = problem };
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return new CaseOutcome([], "")
            {
                Problem = new FailureException(ErrorReason.DeadlineExceeded, $"The case took longer than {MostTime.TotalMinutes} minutes and was given up."),
            };
        }
    }
}
