using System.CommandLine;
using EdgeBox.Cli.Rendering;
using EdgeBox.V1;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl model estimate: what a model would take of memory, and what would fit.</summary>
internal static class ModelEstimateCommand
{
    /// <summary>Builds the command.</summary>
    public static DocumentedCommand Build(CommandHost host)
    {
        var model = new Argument<string>("NAME|FILE") { Description = "A model that the box knows; or a GGUF file on the box, named with a '/'." };
        var context = new Option<uint?>("--context") { Description = "Context of one slot, in tokens.", HelpName = "TOKENS", CustomParser = Limits.Whole };
        var slots = new Option<uint?>("--slots") { Description = "How many requests at once.", HelpName = "N", CustomParser = Limits.Whole };
        var fit = Fit();
        var command = new DocumentedCommand("estimate", "Tell what a model would take of memory, and what would fit. Nothing is loaded.",
            "model estimate chat", "model estimate /srv/models/llama.gguf --context 16384 --slots 8", "model estimate ./llama.gguf --fit") { model, context, slots, fit };
        return host.Bind(command, async session =>
        {
            var parse = session.Parse;
            var named = parse.GetRequiredValue(model);
            var isFile = named.Contains('/', StringComparison.Ordinal) && !named.StartsWith("models/", StringComparison.Ordinal);
            var request = new EstimateModelRequest
            {
                Name = isFile ? "" : ModelCommands.FullName(named),
                Path = isFile ? ModelCommands.OnTheBox(session, named) : "",
                Options = new LoadOptions { ContextTokens = parse.GetValue(context) ?? 0, Slots = parse.GetValue(slots) ?? 0, Fit = parse.GetValue(fit) },
            };
            var estimate = await new ModelService.ModelServiceClient(session.Channel.Invoker).EstimateModelAsync(request, session.Quick);
            if (session.Json)
            {
                session.WriteJson(estimate);
            }
            else
            {
                Render(session, estimate);
            }
            return ExitCode.Done;
        });
    }

    /// <summary>The option by which the box chooses the largest that fits.</summary>
    public static Option<bool> Fit() => new("--fit")
    {
        Description = "What is not given is the largest that fits: first the context of one slot, then the slots.",
    };

    private static void Render(Session session, MemoryEstimate estimate)
    {
        var options = estimate.Options;
        session.Say($"With {Words.Number(options.Slots)} {(options.Slots == 1 ? "slot" : "slots")} of {Words.Number(options.ContextTokens)} tokens:");
        Tables.Write(session.Shell,
            [new("MEMORY"), new("WEIGHTS", true), new("CACHE", true), new("WORK SPACE", true), new("OVERHEAD", true), new("NEEDED", true), new("FREE", true), new("OF", true)],
            estimate.Devices.Select(d => new[]
            {
                d.Device == "host" ? "main memory" : d.Device,
                Words.Bytes(d.WeightBytes),
                Words.Bytes(d.CacheBytes),
                Words.Bytes(d.ComputeBytes),
                Words.Bytes(d.OverheadBytes) + (d.OverheadUnverified ? "*" : ""),
                Words.Bytes(d.WeightBytes + d.CacheBytes + d.ComputeBytes + d.OverheadBytes),
                Words.Bytes(d.FreeBytes),
                Words.Bytes(d.TotalBytes),
            }));
        if (estimate.Devices.Any(d => d.OverheadUnverified))
        {
            session.Say("* was never measured on such a device.");
        }
        Tables.WriteFacts(session.Shell,
            ("Fits", Verdict(estimate)),
            ("Why not", estimate.Problem is null ? null : Failures.Of(estimate.Problem).Message),
            ("Would unload", estimate.WouldEvict.Count == 0 ? null : string.Join(", ", estimate.WouldEvict.Select(Words.Short))),
            ("Largest context", estimate.LargestContextTokens == 0 ? "none with so many slots" : $"{Words.Number(estimate.LargestContextTokens)} tokens with {Words.Number(options.Slots)} slots"),
            ("Most slots", estimate.MostSlots == 0 ? "none with such a context" : $"{Words.Number(estimate.MostSlots)} of {Words.Number(options.ContextTokens)} tokens"));
    }

    private static string Verdict(MemoryEstimate estimate) => estimate switch
    {
        { Fits: true } => "yes",
        { FitsAlone: true } => "not beside the models in memory; alone it would",
        _ => "no",
    };
}
