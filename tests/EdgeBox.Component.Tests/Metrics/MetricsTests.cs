using EdgeBox.V1;

namespace EdgeBox.Component.Tests.Metrics;

/// <summary>What Prometheus can read, and who may.</summary>
[Trait("Tier", "component")]
public sealed class MetricsTests(SharedModels models)
{
    [Fact]
    public async Task Read_AsOperator_HasTheDocumentedNamesAndCounts()
    {
        await using var box = await RunningBox.StartAsync();
        var model = await box.LoadAsync(models.Endless, "m");
        await box.Inference.AnswerAsync("m", "Count me", maxTokens: 5);
        Product.Signal(model.Worker.Pid, 9);
        await box.WhenReplacedAsync("m", model.Worker.Pid);

        var page = await MetricsOf.ReadAsync(box, await box.IssueAsync("prometheus", Role.Operator));

        var samples = page.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(' ')).ToDictionary(parts => parts[0], parts => parts[1]);
        Assert.Equal("1", samples["""edgebox_requests_total{model="models/m",outcome="Length"}"""]);
        Assert.Equal("5", samples["""edgebox_completion_tokens_total{model="models/m"}"""]);
        Assert.Equal("0", samples["""edgebox_requests_active{model="models/m"}"""]);
        Assert.Equal("1", samples["""edgebox_worker_deaths_total{model="models/m"}"""]);
        Assert.Equal("1", samples["""edgebox_time_to_first_token_seconds_count{model="models/m"}"""]);
        Assert.True(int.Parse(samples["""edgebox_prompt_tokens_total{model="models/m"}"""], CultureInfo.InvariantCulture) > 0);
        Assert.Equal("0", samples["""edgebox_requests_waiting{model="models/m",priority="interactive"}"""]);
        Assert.Equal("0", samples["""edgebox_requests_paused{model="models/m"}"""]);
        Assert.Equal("1", samples["""edgebox_queue_wait_seconds_count{model="models/m",priority="interactive"}"""]);
        Assert.Contains("""edgebox_cached_prompt_tokens_total{model="models/m"}""", samples.Keys);
        string[] names = ["edgebox_uptime_seconds", "process_resident_memory_bytes", "dotnet_gc_heap_bytes", "process_cpu_seconds_total", "edgebox_connections_open"];
        Assert.All(names, name => Assert.Contains(name, samples.Keys));
        Assert.DoesNotContain("Count me", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_AsClient_IsRefused()
    {
        await using var box = await RunningBox.StartAsync();

        var refused = await Assert.ThrowsAsync<HttpRequestException>(async () => await MetricsOf.ReadAsync(box, await box.IssueAsync("curious", Role.Client)));

        Assert.Equal(System.Net.HttpStatusCode.Forbidden, refused.StatusCode);
        await box.RecordAsync("call.refused", record => record.Actor == "cert:curious" && record.Facts["reason"] == "PERMISSION_DENIED");
    }
}
