using CsCheck;
using EdgeBox.Daemon.Inference;
using Microsoft.Extensions.Time.Testing;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Tests.Inference;

/// <summary>Who is next when many wait: fair in tokens, urgent first, nobody for ever.</summary>
public sealed class FairnessTests
{
    private static readonly Gen<Claim> s_genClaim = Gen.Select(
        Gen.Int[0, 4], Gen.Bool, Gen.Int[0, 9], (who, batch, dice) => new Claim($"uid:{who}", batch, Deterministic: dice == 0));

    private readonly FakeTimeProvider _time = new();
    private ulong _lastId;

    [Fact]
    public void TakeNext_OneIdentityWithAHundredBesideOneWithOne_TheOneIsNext()
    {
        var table = NewTable(slots: 1);
        Enqueue(table, "many", 100);
        var first = table.TakeNext()!;
        var lone = Enqueue(table, "one");
        table.RemoveRunning(first, used: 3);
        Assert.Same(lone, table.InOrder().First());
        Assert.Same(lone, table.TakeNext());
        table.RemoveRunning(lone, used: 3000);
        Assert.Equal("many", table.TakeNext()!.Claim.Identity);
    }

    [Fact]
    public void TakeNext_TwoBackloggedIdentitiesOfAnyMix_DifferByAtMostOneLargestRequest() => Gen.Select(
        Gen.Double[0.25, 4], Gen.Double[0.25, 4], Gen.Select(Gen.UInt[0, 2000], Gen.Int[1, 5000]).Array[1, 200]).Sample((heavy, light, requests) =>
    {
        var weights = new Dictionary<string, double> { ["a"] = heavy, ["b"] = light };
        var table = NewTable(slots: 1, new ModelHostOptions { Weights = weights });
        var served = new Dictionary<string, double> { ["a"] = 0, ["b"] = 0 };
        var largest = requests.Max(request => request.Item2) / Math.Min(heavy, light);
        Enqueue(table, "a", 3);
        Enqueue(table, "b", 3);
        foreach (var (maxTokens, used) in requests)
        {
            var job = table.TakeNext()!;
            var who = job.Claim.Identity;
            Enqueue(table, who, 1, maxTokens); // Both always have more to ask.
            table.RemoveRunning(job, used);
            served[who] += used / weights[who];
            Assert.InRange(Math.Abs(served["a"] - served["b"]), 0, largest + 1e-6);
        }
    });

    [Fact]
    public void TakeNext_FewerSlotsThanIdentities_EachIsServedAlikeInTokens() => Gen.Select(
        Gen.Int[1, 4], Gen.Int[1, 1000].Array[100, 300]).Sample((slots, costs) =>
    {
        string[] all = ["a", "b", "c", "d", "e"];
        var table = NewTable(slots);
        var served = all.ToDictionary(who => who, _ => 0.0);
        all.ToList().ForEach(who => Enqueue(table, who, 2));
        var running = new PriorityQueue<(Job Job, int Cost), double>();
        var (clock, next) = (0.0, 0);
        while (next < costs.Length)
        {
            while (next < costs.Length && table.TakeNext() is { } job)
            {
                running.Enqueue((job, costs[next]), clock + costs[next]); // A token takes as long in any slot.
                next++;
                Enqueue(table, job.Claim.Identity);
            }

            running.TryDequeue(out var ended, out clock);
            table.RemoveRunning(ended.Job, ended.Cost);
            served[ended.Job.Claim.Identity] += ended.Cost;
        }

        // What runs is charged by a guess, so each may be off by one guess and one request.
        Assert.InRange(served.Values.Max() - served.Values.Min(), 0, 2 * (1000 + TokenCost.GuessedAnswer + 1));
    });

    [Fact]
    public void TakeNext_IdentityThatWasAway_HasSavedUpNothing()
    {
        var table = NewTable(slots: 1);
        Enqueue(table, "busy", 40);
        for (var i = 0; i < 20; i++)
        {
            table.RemoveRunning(table.TakeNext()!, used: 100);
        }

        Enqueue(table, "back", 20);
        var next = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            var job = table.TakeNext()!;
            next.Add(job.Claim.Identity);
            table.RemoveRunning(job, used: 100);
        }

        Assert.Equal(5, next.Count(who => who == "back"));
    }

    [Fact]
    public void RemoveRunning_CheaperThanGuessedWhileItsIdentityWasAway_GivesNoCredit()
    {
        var table = NewTable(slots: 2);
        var early = Enqueue(table, "a");
        Assert.Same(early, table.TakeNext());
        Enqueue(table, "b", 20);
        for (var i = 0; i < 10; i++)
        {
            table.RemoveRunning(table.TakeNext()!, used: 1000);
        }

        Enqueue(table, "a", 5);
        table.RemoveRunning(early, used: 1);
        table.Slots = 1;
        var next = "";
        for (var i = 0; i < 4; i++)
        {
            var job = table.TakeNext()!;
            next += job.Claim.Identity;
            table.RemoveRunning(job, used: 1000);
        }

        Assert.Equal("abab", next);
    }

    [Theory]
    [InlineData(59, "c")]
    [InlineData(60, "a")]
    public void Enqueue_AfterAnHourlongRequestAndNothingFor_OldUseCounts(int seconds, string next)
    {
        var table = NewTable(slots: 1);
        Enqueue(table, "a");
        Enqueue(table, "b", 2);
        table.RemoveRunning(table.TakeNext()!, used: 100_000);
        _time.Advance(TimeSpan.FromSeconds(seconds));
        table.RemoveRunning(table.TakeNext()!, used: 10);
        var running = table.TakeNext()!;
        Enqueue(table, "a");
        Enqueue(table, "c");
        table.RemoveRunning(running, used: 100);
        Assert.Equal(next, table.TakeNext()!.Claim.Identity);
    }

    [Fact]
    public void TakeNext_StrangersWithoutEnd_WhoUsedMuchIsServedInTheEnd()
    {
        var table = NewTable(slots: 1);
        Enqueue(table, "heavy");
        Enqueue(table, "stranger");
        table.RemoveRunning(table.TakeNext()!, used: 5000);
        var patient = Enqueue(table, "heavy");
        var before = 0;
        for (var job = table.TakeNext()!; job != patient; job = table.TakeNext()!)
        {
            Enqueue(table, $"stranger {++before}");
            table.RemoveRunning(job, used: 100);
            Assert.InRange(before, 0, 200);
        }

        Assert.InRange(before, 20, 200);
    }

    [Fact]
    public void TakeNext_InteractiveWithoutEnd_OneInSixteenIsBatch()
    {
        var table = NewTable(slots: 1);
        Enqueue(table, new Claim("night", Batch: true), 10);
        var taken = "";
        for (var i = 0; i < 48; i++)
        {
            Enqueue(table, $"person {i % 3}");
            var job = table.TakeNext()!;
            taken += job.Claim.Batch ? 'b' : '.';
            table.RemoveRunning(job, used: 50);
        }

        Assert.Equal(string.Concat(Enumerable.Repeat("...............b", 3)), taken);
    }

    [Fact]
    public void TakeNext_BatchCameFirst_InteractiveGoesBefore()
    {
        var table = NewTable(slots: 1);
        Enqueue(table, new Claim("a", Batch: true));
        var urgent = Enqueue(table, "a");
        Assert.Same(urgent, table.TakeNext());
    }

    [Fact]
    public void TakeNext_OthersWait_NobodyHoldsMoreThanAnEqualShareOfTheSlots()
    {
        var table = NewTable(slots: 4);
        Enqueue(table, "dear", 9, maxTokens: 500);
        Enqueue(table, "cheap", 9, maxTokens: 1);
        var taken = Enumerable.Range(0, 4).Select(_ => table.TakeNext()!.Claim.Identity).ToList();
        Assert.Equal((2, 2), (taken.Count(who => who == "dear"), taken.Count(who => who == "cheap")));
    }

    [Fact]
    public void TakeNext_NobodyElseWaits_OneMayHoldAllSlotsUnlessToldOtherwise()
    {
        var free = NewTable(slots: 4);
        Enqueue(free, "a", 9);
        Assert.Equal(4, TakeAll(free).Count);
        var bound = NewTable(slots: 4, new ModelHostOptions { MaxRunningPerIdentity = 3 });
        Enqueue(bound, "a", 9);
        Assert.Equal(3, TakeAll(bound).Count);
        Assert.False(bound.IsHeldUp);
        Enqueue(bound, "b");
        Assert.Equal("b", bound.TakeNext()!.Claim.Identity);
    }

    [Fact]
    public void TakeNext_DeterministicAtTheHead_WaitsForAllAndNothingOvertakesIt()
    {
        var table = NewTable(slots: 3);
        Enqueue(table, "a", 2);
        var running = TakeAll(table);
        var alone = Enqueue(table, new Claim("b", Deterministic: true));
        Assert.Null(table.TakeNext());
        Enqueue(table, "newcomer", 5);
        Assert.Same(alone, table.InOrder().First());
        Assert.True(table.IsHeldUp);
        table.RemoveRunning(running[0], used: 1);
        Assert.Null(table.TakeNext());
        table.RemoveRunning(running[1], used: 1);
        Assert.Same(alone, table.TakeNext());
        Assert.Null(table.TakeNext());
        table.RemoveRunning(alone, used: 1);
        Assert.Equal(3, TakeAll(table).Count);
    }

    [Fact]
    public void RemoveWaiting_DeterministicAtTheHead_LetsOthersOn()
    {
        var table = NewTable(slots: 2);
        Enqueue(table, "a");
        table.TakeNext();
        var alone = Enqueue(table, new Claim("b", Deterministic: true));
        var other = Enqueue(table, "c");
        Assert.Null(table.TakeNext());
        Assert.True(table.RemoveWaiting(alone));
        Assert.Same(other, table.TakeNext());
    }

    [Fact]
    public void TakeNext_AnyMix_DeterministicRunsAloneAndEverybodyIsServed() => Gen.Select(
        Gen.Int[1, 4], Gen.Select(s_genClaim, Gen.Int[1, 900]).Array[1, 60]).Sample((slots, requests) =>
    {
        var table = NewTable(slots);
        var waiting = requests.Select(request => Enqueue(table, request.Item1)).ToHashSet();
        var running = new Queue<Job>();
        foreach (var (_, used) in requests)
        {
            foreach (var job in TakeAll(table))
            {
                Assert.True(waiting.Remove(job));
                running.Enqueue(job);
            }

            Assert.True(running.Count == 1 || running.All(job => !job.Claim.Deterministic));
            table.RemoveRunning(running.Dequeue(), used);
        }

        Assert.Empty(waiting);
        Assert.True(table.IsEmpty);
        Assert.Equal(0, table.Identities);
    });

    [Fact]
    public void InOrder_AnyMix_IsTheOrderInWhichTheyAreTaken() => Gen.Select(
        Gen.Select(s_genClaim, Gen.UInt[1, 600]).Array[1, 80], Gen.Int[0, 30]).Sample((requests, taken) =>
    {
        var table = NewTable(slots: 1);
        foreach (var (claim, maxTokens) in requests)
        {
            Enqueue(table, claim, 1, maxTokens);
        }

        for (var i = 0; i < taken && table.TakeNext() is { } job; i++)
        {
            table.RemoveRunning(job, job.Estimate);
        }

        var told = table.InOrder().Select(job => job.Id).ToList();
        var order = new List<ulong>();
        while (table.TakeNext() is { } job)
        {
            order.Add(job.Id);
            table.RemoveRunning(job, job.Estimate);
        }

        Assert.Equal(order, told);
    });

    [Fact]
    public void Requeue_WithOthersWaiting_GoesFirstAndIsNotChargedTwice()
    {
        var table = NewTable(slots: 2);
        Enqueue(table, "a", 3);
        Enqueue(table, "b", 3);
        var before = TakeAll(table);
        table.Requeue(table.TakeRunning());
        Assert.Equal(before.Select(job => job.Id), table.InOrder().Take(2).Select(job => job.Id));
        Assert.Equal(before, TakeAll(table));
        before.ForEach(job => table.RemoveRunning(job, used: 10));
        Assert.Equal(["a", "b"], TakeAll(table).Select(job => job.Claim.Identity).Order());
        Assert.Equal((2, 2), (table.Running, table.Waiting));
    }

    [Fact]
    public void Estimate_ByKind_CountsCharactersAndTheAnswer()
    {
        Assert.Equal(100 + 512, TokenCost.Estimate(Generate(300, maxTokens: 0)));
        Assert.Equal(100 + 512, TokenCost.Estimate(Generate(300, maxTokens: 9000)));
        Assert.Equal(100 + 7, TokenCost.Estimate(Generate(300, maxTokens: 7)));
        Assert.Equal(200, TokenCost.Estimate(new Wire.Command { Embed = new Wire.Embed { Inputs = { new string('x', 300), new string('x', 300) } } }));
        Assert.Equal(1, TokenCost.Estimate(new Wire.Command { Tokenize = new Wire.Tokenize { Text = new string('x', 3000) } }));
        var finished = new Wire.Finished { PromptTokens = 600, CachedTokens = 512, CompletionTokens = 21 };
        Assert.Equal(600 - 512 + 21, TokenCost.Used(new Wire.Event { Finished = finished }));
        var forged = new Wire.Finished { CachedTokens = 5, CompletionTokens = uint.MaxValue };
        Assert.Equal(TokenCost.Most, TokenCost.Used(new Wire.Event { Finished = forged }));
    }

    [Fact]
    public void Until_RecentServiceTimes_AreAFadingMeanOverTheSlots()
    {
        var times = new ServiceTimes();
        Assert.Null(times.Until(3, slots: 2));
        times.Note(TimeSpan.FromSeconds(10));
        Assert.Equal(TimeSpan.FromSeconds(15), times.Until(3, slots: 2));
        times.Note(TimeSpan.FromSeconds(20));
        Assert.Equal(TimeSpan.FromSeconds(18), times.Until(3, slots: 2));
        Assert.Null(times.Until(3, slots: 0));
    }

    private static Wire.Command Generate(int characters, uint maxTokens) =>
        new() { Generate = new Wire.Generate { Prompt = new string('x', characters), MaxTokens = maxTokens } };

    private static List<Job> TakeAll(JobTable table)
    {
        var taken = new List<Job>();
        while (table.TakeNext() is { } job)
        {
            taken.Add(job);
        }

        return taken;
    }

    private JobTable NewTable(int slots, ModelHostOptions? options = null) =>
        new(options ?? new ModelHostOptions { MaxWaiting = 1000 }, _time) { Slots = slots };

    private Job Enqueue(JobTable table, string identity, int count = 1, uint maxTokens = 0) => Enqueue(table, new Claim(identity), count, maxTokens);

    private Job Enqueue(JobTable table, Claim claim, int count = 1, uint maxTokens = 0)
    {
        Job? last = null;
        for (var i = 0; i < count; i++)
        {
            last = new Job(Generate(3, maxTokens), Interlocked.Increment(ref _lastId), claim, default, 0);
            table.Enqueue(last);
        }

        return last!;
    }
}
