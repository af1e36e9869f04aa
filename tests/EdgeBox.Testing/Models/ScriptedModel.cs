using EdgeBox.Testing.Gguf;

namespace EdgeBox.Testing.Models;

/// <summary>Two contexts of a script leave the model with more than one next token.</summary>
public sealed class AmbiguousScriptException(string message) : Exception(message);

/// <summary>How large a scripted model is made, beyond what it needs.</summary>
/// <param name="Layers">Layers; those after the first two add nothing.</param>
/// <param name="FeedForward">Width of the experts, which add nothing, a multiple of 32.</param>
/// <param name="Idle">Type of the matrices that add nothing; null: those of the small models. F32 makes a step mostly the reading of weights.</param>
/// <param name="Forks">Whether scripts may go on in several ways after the same two tokens; each is as likely then.</param>
/// <param name="WholeWords">Whether words of the script are single tokens in a prompt too; bytes otherwise.</param>
public sealed record ScriptedSize(int Layers = 2, int FeedForward = 32, GgmlType? Idle = null, bool WholeWords = false, bool Forks = false);

/// <summary>Builds gpt-oss models that say what a script says, with the real engine's arithmetic.</summary>
/// <remarks>
/// Each token of the script has a direction of its own in the first half of the residual stream. One attention layer, whose
/// queries and keys are biases alone, looks at the token before and copies its direction into the second half; the experts add
/// nothing. A row of the output then has a weight for each token that may stand before it and for each that may stand two before,
/// so the token that fits both outweighs those that fit one. Where scripts go on in another way once there was a call, a second layer
/// looks for its sign in all of the conversation, and tells those tokens that it found it.
/// </remarks>
public static class ScriptedModel
{
    private const int HeadSize = 64;
    private const int Experts = 2;
    private const int Context = 131072;
    private const int Window = 128;
    private const float RopeBase = 150000;

    // A fitting neighbour adds 32 to a logit: sampling at any common temperature keeps to the script too.
    private const float Amplitude = 16;
    private const float Weight = 2;

    // What is said in two ways, before and after a call, is told apart by a quarter of that, which has to be as sure.
    private const float TurningWeight = 8;

    private static readonly string[] s_signs =
        ["<|startoftext|>", "<|endoftext|>", "<|return|>", "<|constrain|>", "<|channel|>", "<|start|>", "<|end|>", "<|message|>", "<|call|>"];

    /// <summary>Writes a model that follows the scripts.</summary>
    /// <exception cref="AmbiguousScriptException">No weights can follow them.</exception>
    public static void Write(string path, params IReadOnlyList<Script> scripts) => Build("scripted gpt-oss", scripts).WriteFile(path);

    /// <summary>Builds a model that follows the scripts.</summary>
    /// <exception cref="AmbiguousScriptException">No weights can follow them.</exception>
    public static GgufWriter Build(string name, IReadOnlyList<Script> scripts, ScriptedSize? size = null)
    {
        size ??= new ScriptedSize();
        var steps = scripts.SelectMany(s => s.Steps()).Distinct().ToList();
        var before = scripts.Where(s => !s.AfterCall).SelectMany(s => s.Steps()).ToLookup(s => (s.Second, s.First), s => s.Next);
        var turns = scripts.Where(s => s.AfterCall).SelectMany(s => s.Steps())
            .Where(s => before[(s.Second, s.First)].Any(next => next != s.Next)).ToHashSet();
        RefuseAmbiguity([.. steps.Where(s => !turns.Contains(s))], size.Forks);
        var vocabulary = new ScriptedVocabulary(steps.SelectMany(s => (ScriptToken[])[s.Second, s.First, s.Next]).Distinct(), s_signs);
        var directions = steps.SelectMany(s => (ScriptToken[])[s.Second, s.First]).Append(ScriptToken.Other).Concat(turns.Count > 0 ? [Script.EndOfCall] : []).Distinct()
            .Select((token, i) => (token, i)).ToDictionary(p => p.token, p => p.i);
        var heads = (directions.Count + HeadSize - 1) / HeadSize;
        var shape = new GptOssShape
        {
            Layers = size.Layers, Embedding = 2 * heads * HeadSize, Heads = heads, KvHeads = heads, HeadSize = HeadSize, Experts = Experts, ExpertsUsed = 1,
            FeedForward = size.FeedForward, Vocabulary = vocabulary.Tokens.Count, Context = Context, Window = Window, Name = name,
        };
        var writer = new GgufWriter();
        RandomModels.WriteGptOssKeys(writer, shape);
        foreach (var key in writer.Keys.Where(k => k.StartsWith("gpt-oss.rope.scaling.", StringComparison.Ordinal)).ToList())
        {
            writer.RemoveKey(key);
        }

        vocabulary.WriteTo(writer, size.WholeWords);
        new ScriptedTensors(writer, shape, RopeBase, size.Idle) { Turns = turns }.Add(vocabulary, directions, steps, Amplitude, turns.Count > 0 ? TurningWeight : Weight);
        return writer;
    }

    /// <summary>A token that fits both neighbours outweighs all that fit one: so no other may fit both, unless it is meant to.</summary>
    private static void RefuseAmbiguity(List<(ScriptToken Second, ScriptToken First, ScriptToken Next)> steps, bool forks)
    {
        var afterFirst = steps.ToLookup(s => s.First, s => s.Next);
        var meant = forks ? steps.ToHashSet() : [];
        var afterSecond = steps.ToLookup(s => s.Second, s => s.Next).ToDictionary(g => g.Key, g => g.ToHashSet());
        foreach (var (second, first, next) in steps)
        {
            var rival = afterFirst[first].Distinct().Where(t => t != next && afterSecond[second].Contains(t) && !meant.Contains((second, first, t))).Select(t => t.Text).FirstOrDefault();
            if (rival is not null)
            {
                throw new AmbiguousScriptException($"after \"{second.Text}{first.Text}\" both \"{next.Text}\" and \"{rival}\" fit: say it in other words");
            }
        }
    }
}
