using EdgeBox.Benchmarks.Clients;

namespace EdgeBox.Benchmarks;

/// <summary>Streams that begin together, of a box or of a peer, and what a bare loop needs to make the same.</summary>
internal sealed class Streams(Fleet fleet, Box box, string model, int count, int tokens)
{
    private const int PromptTokens = 16;
    private const int Tries = 4;

    private readonly Prompts _prompts = new();
    private uint _seed;

    /// <summary>The box, without TLS.</summary>
    public Target Box { get; } = new() { Address = box.Socket, Model = model };

    /// <summary>New prompts, one for each stream, as tokens.</summary>
    public async Task<List<int[]>> PromptsAsync()
    {
        var prompts = new List<int[]>();
        for (var i = 0; i < count; i++)
        {
            prompts.Add(await box.TokenizeAsync(model, _prompts.Next(PromptTokens)));
        }

        return prompts;
    }

    /// <summary>Makes all streams at once and returns how quick they were. A round in which one ended by chance is done again.</summary>
    /// <param name="target">Who makes them.</param>
    /// <param name="temperature">0: the likeliest token.</param>
    public async Task<Speed> RunAsync(Target target, float temperature)
    {
        for (var attempt = 1; ; attempt++)
        {
            var answers = await fleet.RunAsync(await PlansAsync(target, temperature));
            try
            {
                return Window.SpeedOf([.. answers.SelectMany(a => a)], tokens);
            }
            catch (ShortStreamException) when (attempt < Tries)
            {
                // Another seed and another prompt: an end by chance says nothing about speed.
            }
        }
    }

    /// <summary>One client process for one stream, two for several.</summary>
    private async Task<Plan[]> PlansAsync(Target target, float temperature)
    {
        var lines = new List<IReadOnlyList<Ask>>();
        for (var i = 0; i < count; i++)
        {
            var prompt = _prompts.Next(PromptTokens);
            var ids = target.Model.Length == 0 ? await box.TokenizeAsync(model, prompt) : [];
            lines.Add([new Ask { Prompt = prompt, Ids = ids, Tokens = tokens, Temperature = temperature, Seed = ++_seed }]);
        }

        return [.. lines.Chunk(Math.Max(1, (count + 1) / 2)).Select(chunk => new Plan(target, chunk))];
    }
}
