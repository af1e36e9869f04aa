using EdgeBox.Benchmarks;
using EdgeBox.Benchmarks.Clients;
using EdgeBox.Benchmarks.Gpu;

if (args is [ClientProgram.Verb])
{
    return await ClientProgram.RunAsync(Console.In, Console.Out);
}

// Named sections, all of them when none is named.
var sections = new (string Name, Func<string, IAsyncEnumerable<Figure>> Measure)[]
{
    ("start", DaemonFigures.StartAsync),
    ("idle", DaemonFigures.IdleAsync),
    ("status", DaemonFigures.CommandLineAsync),
    ("sample", SampleFigures.MeasureAsync),
    ("grammar", GrammarFigures.MaskAsync),
    ("format", FormatFigures.HarmonyAsync),
    ("schema", SchemaFigures.CompileAsync),
    ("embed", EmbedFigures.RatioAsync),
    ("streams", StreamFigures.GptOssAsync),
    ("streams-llama", StreamFigures.LlamaAsync),
    ("peer", PeerFigures.GptOssAsync),
    ("peer-llama", PeerFigures.LlamaAsync),
    ("peer-thin", PeerFigures.ThinAsync),
    ("gateway", GatewayFigures.MeasureAsync),
    ("drift", DriftFigures.MeasureAsync),
    ("overhead", OverheadFigures.MeasureAsync),
    ("gap", GapFigures.MeasureAsync),
    ("prompts", LongPromptFigures.MeasureAsync),
    ("fairness", FairnessFigures.MeasureAsync),
    ("cancel", CancelFigures.MeasureAsync),
    ("constraint", ConstraintFigures.MeasureAsync),
    ("drafting", DraftingFigures.MeasureAsync),
    ("kept", KeptFigures.MeasureAsync),
    ("import", ImportFigures.MeasureAsync),
    ("scrub", ScrubFigures.MeasureAsync),
    ("swap", SwapFigures.MeasureAsync),
    ("closed", LoadFigures.ClosedAsync),
    ("open", LoadFigures.OpenAsync),
    ("gpu", GpuFigures.MeasureAsync),
};
if (args.FirstOrDefault(name => sections.All(section => section.Name != name)) is { } unknown)
{
    Console.Error.WriteLine($"There is no section {unknown}. Sections: {string.Join(' ', sections.Select(section => section.Name))}");
    return 2;
}

Console.WriteLine($"{Machine.Describe()}\n");
Console.WriteLine("| Figure | Aim | Measured | Met | How |\n|---|---|---|---|---|");
foreach (var (name, measure) in sections.Where(section => args.Length == 0 || args.Contains(section.Name)))
{
    var directory = Directory.CreateTempSubdirectory("edgebox-bench-").FullName;
    try
    {
        await foreach (var figure in measure(directory))
        {
            var met = figure.Met switch { true => "yes", false => "no", null => "" };
            Console.WriteLine($"| {figure.Name} | {figure.Aim} | {figure.Measured} | {met} | {figure.Note} |");
        }
    }
    finally
    {
        Directory.Delete(directory, recursive: true);
    }
}

return 0;
