using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Models.History;
using EdgeBox.Daemon.Storage;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace EdgeBox.Daemon.Tests.Models.History;

/// <summary>What models did, hour by hour, in a whole daemon at the test's own time.</summary>
public sealed class HistoryTests : IDisposable
{
    private const string Model = "models/m";

    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Get_WhatWasTold_IsAddedUpByHourAndOutlivesARestart()
    {
        await using (var box = await TestAppliance.StartAsync(_directory))
        {
            var feed = box.Get<UsageFeed>();
            feed.Tell(Ended(10, 100, 1));
            feed.Tell(Ended(20, 200, 3));
            feed.Tell(new UsageEvent.Waited(Model, 5));
            feed.Tell(new UsageEvent.Waited(Model, 3));
            feed.Tell(new UsageEvent.Died(Model));
            feed.Tell(new UsageEvent.Ended("models/other", Failed: true, new Usage(), null));
            var first = Assert.Single((await HistoryAsync(box, Model)).Hours);
            Assert.Equal((2ul, 0ul, 30ul, 300ul), (first.Requests, first.Failures, first.PromptTokens, first.CompletionTokens));

            box.Time.Advance(TimeSpan.FromHours(1));
            feed.Tell(Ended(1, 1, 0.5));
            await HistoryAsync(box, Model);
            feed.Tell(Ended(1, 1, 1.5)); // Written down at the stop.
        }

        await using var again = await TestAppliance.StartAsync(_directory, TestAppliance.Start + TimeSpan.FromHours(2));
        var hours = (await HistoryAsync(again, Model)).Hours;
        Assert.Equal([TestAppliance.Start, TestAppliance.Start + TimeSpan.FromHours(1)], hours.Select(hour => hour.StartTime.ToDateTimeOffset()));
        Assert.Equal(
            new ModelHour
            {
                Model = Model, StartTime = hours[0].StartTime, Requests = 2, PromptTokens = 30, CachedTokens = 2, CompletionTokens = 300, MostWaiting = 5, WorkerDeaths = 1,
                FirstToken = Duration.FromTimeSpan(TimeSpan.FromSeconds(2)), FirstTokenMost = Duration.FromTimeSpan(TimeSpan.FromSeconds(3)),
            }, hours[0]);
        Assert.Equal((2ul, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.5)), (hours[1].Requests, hours[1].FirstToken.ToTimeSpan(), hours[1].FirstTokenMost.ToTimeSpan()));
        var all = (await HistoryAsync(again, "")).Hours;
        Assert.Equal((3ul, 1ul, ""), (all[0].Requests, all[0].Failures, all[0].Model));
    }

    [Fact]
    public async Task Get_NameWithoutAVersion_TellsOfAllItsVersionsAndNoOthers()
    {
        await using var box = await TestAppliance.StartAsync(_directory);
        foreach (var name in new[] { "models/chat@1", "models/chat@2", "models/chat-long@1", "models/cha@1" })
        {
            box.Get<UsageFeed>().Tell(new UsageEvent.Ended(name, Failed: false, new Usage(), null));
        }

        Assert.Equal(2ul, Assert.Single((await HistoryAsync(box, "models/chat")).Hours).Requests);
        Assert.Equal(1ul, Assert.Single((await HistoryAsync(box, "models/chat@2")).Hours).Requests);
    }

    [Fact]
    public async Task Tick_AfterAMinute_WritesDown()
    {
        await using var box = await TestAppliance.StartAsync(_directory);
        box.Get<UsageFeed>().Tell(Ended(1, 1, 1));
        box.Time.Advance(HistoryKeeper.Every);
        Assert.Equal(1, await RowsAsync(box, rows => rows == 1));
    }

    [Fact]
    public async Task Keep_OlderThanItsTime_IsForgotten()
    {
        await using (var box = await TestAppliance.StartAsync(_directory))
        {
            box.Get<UsageFeed>().Tell(Ended(1, 1, 1));
        }

        await using var again = await TestAppliance.StartAsync(_directory, TestAppliance.Start + HistoryKeeper.Kept + TimeSpan.FromHours(1));
        again.Get<UsageFeed>().Tell(Ended(1, 1, 1));
        await HistoryAsync(again, Model);
        Assert.Equal(1, await RowsAsync(again, _ => true));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(2001)]
    public async Task Get_RangeOutOfBounds_IsRefused(int hours)
    {
        await using var box = await TestAppliance.StartAsync(_directory);
        var request = new GetModelHistoryRequest { StartTime = Timestamp.FromDateTimeOffset(TestAppliance.Start - TimeSpan.FromHours(hours)) };
        var facts = await Client(box).GetModelHistoryAsync(request).ResponseAsync.IsRefused(StatusCode.InvalidArgument, ErrorReason.InvalidArgument);
        Assert.Equal("start_time", facts["field"]);
    }

    [Fact]
    public void Tell_NobodyReads_LosesAndCounts()
    {
        var feed = new UsageFeed();
        for (var i = 0; i < 5000; i++)
        {
            feed.Tell(new UsageEvent.Died(Model));
        }

        Assert.Equal(5000 - 4096, feed.Lost);
    }

    private static UsageEvent.Ended Ended(uint prompt, uint completion, double first) =>
        new(Model, Failed: false, new Usage { PromptTokens = prompt, CompletionTokens = completion, CachedPromptTokens = 1 }, TimeSpan.FromSeconds(first));

    private static V1.ModelService.ModelServiceClient Client(TestAppliance box) => new(box.Unix());

    private static async Task<ModelHistory> HistoryAsync(TestAppliance box, string model) =>
        await Client(box).GetModelHistoryAsync(new GetModelHistoryRequest { Model = model });

    private static async Task<int> RowsAsync(TestAppliance box, Func<int, bool> enough)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        int rows;
        do
        {
            await Task.Yield();
            rows = box.Get<Database>().Read(connection => connection.Query("SELECT count(*) FROM model_hours", row => row.GetInt32(0))[0]);
        }
        while (!enough(rows) && !patience.IsCancellationRequested);
        return rows;
    }
}
