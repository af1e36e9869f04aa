using System.Text;
using EdgeBox.Worker.Channel;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Sampling;
using EdgeBox.Worker.Tests.Sessions;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Tests.Sampling;

/// <summary>What a request asks for, with a real vocabulary.</summary>
[Collection(EngineCollection.Name)]
public sealed class SamplingSettingsTests(ModelFiles models)
{
    [Fact]
    public void From_EveryField_IsTaken()
    {
        using var model = Load();
        var settings = SamplingSettings.From(new Generate
        {
            Logprobs = true, TopLogprobs = 5,
            Sampling = new V1.Sampling
            {
                Temperature = 0.5f, TopK = 3, TopP = 0.9f, MinP = 0.1f, Seed = 4, RepetitionPenalty = 1.1f, PresencePenalty = 0.2f, FrequencyPenalty = 0.3f,
                PenaltyWindow = 64, TypicalP = 0.8f, DryMultiplier = 0.7f, DryBase = 1.5f, DryAllowedLength = 3, DryWindow = 100, LogitBias = { [5] = -100 },
            },
        }, model.Vocabulary.Pieces);
        Assert.Equal(new Candidate(float.NegativeInfinity, 5), Assert.Single(settings.LogitBias));
        Assert.Equal(new SamplingSettings
        {
            Temperature = 0.5f, TopK = 3, TopP = 0.9f, MinP = 0.1f, Seed = 4, RepetitionPenalty = 1.1f, PresencePenalty = 0.2f, FrequencyPenalty = 0.3f,
            PenaltyWindow = 64, TypicalP = 0.8f, DryMultiplier = 0.7f, DryBase = 1.5f, DryAllowedLength = 3, DryWindow = 100, Logprobs = true, TopLogprobs = 5,
            LogitBias = settings.LogitBias, DryBreakers = settings.DryBreakers,
        }, settings);
    }

    [Fact]
    public void From_NoSampling_IsGreedy()
    {
        using var model = Load();
        var settings = SamplingSettings.From(new Generate(), model.Vocabulary.Pieces);
        Assert.True(settings.IsGreedy);
        Assert.False(settings.HasPenalties || settings.HasDry || settings.Logprobs);
    }

    [Fact]
    public void From_BiasOutsideTheVocabulary_RefusesWithTheToken()
    {
        using var model = Load();
        var count = model.Vocabulary.Count;
        var message = new Generate { Sampling = new V1.Sampling { LogitBias = { [(uint)count] = 1 } } };
        var refused = Assert.Throws<RefusedException>(() => SamplingSettings.From(message, model.Vocabulary.Pieces));
        Assert.Equal(RefusalKind.TokenUnknown, refused.Kind);
        Assert.Equal($"logit_bias names token {count}; the vocabulary has {count}, from 0 to {count - 1}", refused.Message);
    }

    [Fact]
    public void From_Breakers_AreTheTokensThatHoldOneOrShowNothing()
    {
        using var model = Load();
        var pieces = model.Vocabulary.Pieces;
        string[] texts = ["e", "th", "\n", "never in a token"];
        var message = new Generate { Sampling = new V1.Sampling { DryMultiplier = 1, DryWindow = 10, DryBreakers = { texts } } };
        var settings = SamplingSettings.From(message, pieces);
        var (held, empty) = (0, 0);
        for (var token = 0; token < pieces.Count; token++)
        {
            var piece = pieces[token].ToArray();
            var holds = texts.Any(text => piece.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);
            held += holds ? 1 : 0;
            empty += piece.Length == 0 ? 1 : 0;
            Assert.Equal(holds || piece.Length == 0, settings.IsDryBreaker(token));
        }

        Assert.True(held > 2 && empty > 2, $"{held} {empty}");
    }

    [Fact]
    public void Generate_BiasOutsideTheVocabulary_IsRefused()
    {
        using var worker = WorkerClient.StartHereWith(models.GptOss);
        var refused = worker.Generate(new Generate { Prompt = "x", Sampling = new V1.Sampling { LogitBias = { [1_000_000] = 1 } } }).Refused!;
        Assert.Equal(RefusalKind.TokenUnknown, refused.Kind);
    }

    [Fact]
    public void ToWire_Choice_HasPiecesAndOrder()
    {
        using var model = Load();
        var pieces = model.Vocabulary.Pieces;
        var told = TokenLogprobs.ToWire(new Choice(40, -1.5f, [new Candidate(-0.5f, 41), new Candidate(-1.5f, 40)]), pieces);
        Assert.Equal((40u, -1.5f), (told.Id, told.Logprob));
        Assert.Equal(pieces[40].ToArray(), told.Piece.ToByteArray());
        Assert.Equal([(41u, -0.5f), (40u, -1.5f)], told.Top.Select(t => (t.Id, t.Logprob)));
        Assert.All(told.Top, t => Assert.Empty(t.Top));
    }

    private LlamaModel Load()
    {
        var pack = RuntimePack.Open(WorkerClient.PackDirectory, TimeProvider.System);
        return LlamaModel.Load([models.GptOss], 0, _ => true, pack.Log);
    }
}
