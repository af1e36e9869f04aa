using EdgeBox.Daemon.Inference;
using EdgeBox.V1;
using Microsoft.Extensions.Time.Testing;

namespace EdgeBox.Daemon.Tests.Inference;

/// <summary>When a model's deaths are enough.</summary>
public sealed class DeathLogTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void TooMany_ThirdDeathWithinTheTerm_AndNotBefore()
    {
        var log = Log(("a", []), ("b", []));
        Assert.False(log.TooMany);
        log.Note("c", "", []);
        Assert.True(log.TooMany);
    }

    [Fact]
    public void TooMany_FirstDeathIsLongAgo_No()
    {
        var log = Log(("a", []));
        _time.Advance(DeathLog.Term + TimeSpan.FromSeconds(1));
        log.Note("b", "", []);
        log.Note("c", "", []);
        Assert.False(log.TooMany);
    }

    [Fact]
    public void Blame_RequestWasInFlightAtTwo_OnlyTheThirdCounts()
    {
        Fingerprint killer = new(1, 2), other = new(3, 4);
        var log = Log(("a", [killer, other]), ("b", [killer]), ("c", [other]));
        Assert.True(log.TooMany);
        log.Blame(killer);
        Assert.False(log.TooMany);
        log.Note("d", "", []);
        log.Note("e", "", []);
        Assert.True(log.TooMany);
    }

    [Fact]
    public void Forget_Operator_BeginsAnew()
    {
        var log = Log(("a", []), ("b", []), ("c", []));
        log.Forget();
        Assert.False(log.TooMany);
    }

    [Fact]
    public void Evidence_LongLastWords_TellsHowAllEndedAndTheEndOfTheWords()
    {
        var log = new DeathLog(3, _time);
        log.Note("killed by SIGKILL", "", []);
        log.Note("aborted (SIGABRT)", "", []);
        log.Note("exited with 1", new string('x', 5000) + "the end", []);

        var evidence = log.Evidence("models/m");

        var facts = evidence.Facts.ToDictionary(fact => fact.Key, fact => fact.Value);
        Assert.Equal(ErrorReason.ModelQuarantined, evidence.Reason);
        Assert.Equal("killed by SIGKILL; aborted (SIGABRT); exited with 1", facts["exits"]);
        Assert.Equal((1024, true, "models/m"), (facts["stderr"].Length, facts["stderr"].EndsWith("xthe end", StringComparison.Ordinal), facts["model"]));
        Assert.Contains("died 3 times within 10 minutes (killed by SIGKILL; aborted (SIGABRT); exited with 1)", evidence.Message, StringComparison.Ordinal);
    }

    private DeathLog Log(params (string Exit, Fingerprint[] InFlight)[] deaths)
    {
        var log = new DeathLog(3, _time);
        foreach (var (exit, inFlight) in deaths)
        {
            log.Note(exit, "", inFlight);
        }

        return log;
    }
}
