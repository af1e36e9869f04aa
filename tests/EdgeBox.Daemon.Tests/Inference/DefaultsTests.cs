using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Models;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;

namespace EdgeBox.Daemon.Tests.Inference;

/// <summary>What a manifest says holds wherever the request says nothing.</summary>
public sealed class DefaultsTests
{
    private static readonly ModelManifest s_manifest = new()
    {
        Sampling = new SamplingOptions { Temperature = 0.3f, TopK = 7 },
        Effort = ReasoningEffort.Low,
        ContextTokens = 4096,
        Load = new LoadOptions { Slots = 2, KeepAlive = new Duration { Seconds = 60, Nanos = 5 } },
    };

    [Fact]
    public void Fill_RequestSaysNothing_IsTheManifests()
    {
        var request = new ChatRequest();
        var filled = Defaults.Fill(request, s_manifest);
        Assert.Equal((s_manifest.Sampling, ReasoningEffort.Low), (filled.Sampling, filled.Effort));
        Assert.Equal(new ChatRequest(), request);
        Assert.Equal(s_manifest.Sampling, Defaults.Fill(new CompleteRequest(), s_manifest).Sampling);
    }

    [Fact]
    public void Fill_RequestSaysSome_KeepsItAndFillsTheRest()
    {
        var filled = Defaults.Fill(new ChatRequest { Sampling = new SamplingOptions { Temperature = 1 }, Effort = ReasoningEffort.High }, s_manifest);
        Assert.Equal((1f, 7u, ReasoningEffort.High), (filled.Sampling.Temperature, filled.Sampling.TopK, filled.Effort));
    }

    [Fact]
    public void Fill_NoManifest_IsTheSame()
    {
        var request = new ChatRequest();
        Assert.Same(request, Defaults.Fill(request, null));
        Assert.Same(request, Defaults.Fill(request, new ModelManifest()));
    }

    [Fact]
    public void Over_LoadOptions_AskedOverManifestOverWhatItIsMeantFor()
    {
        var options = LoadDefaults.Over(s_manifest, new LoadOptions { Slots = 8, KeepAlive = new Duration { Seconds = 5 } });
        Assert.Equal(new LoadOptions { ContextTokens = 4096, Slots = 8, KeepAlive = new Duration { Seconds = 5 } }, options);
        Assert.Equal(2u, LoadDefaults.Over(s_manifest, null).Slots);
    }
}
