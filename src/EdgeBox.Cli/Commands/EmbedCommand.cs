using System.CommandLine;
using System.Globalization;
using EdgeBox.Cli.Rendering;
using EdgeBox.Cli.Terminal;
using EdgeBox.V1;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl embed: turns texts into vectors.</summary>
internal static class EmbedCommand
{
    private const int ShownNumbers = 4;
    private const int ShownText = 40;

    /// <summary>Builds the command.</summary>
    public static DocumentedCommand Build(CommandHost host)
    {
        var texts = new Argument<string[]>("TEXT")
        {
            Description = "The texts, each an argument of its own. A single '-': the lines of standard input.",
            Arity = ArgumentArity.OneOrMore,
        };
        var model = GenerationOptions.ModelOption();
        var command = new DocumentedCommand("embed", "Turn texts into vectors. --json prints them whole.",
            "embed \"a llama\" \"an alpaca\"",
            "--json embed - < lines.txt | jq -c '.embeddings[].values'") { texts, model };
        return host.Bind(command, async session =>
        {
            var inputs = session.Parse.GetRequiredValue(texts);
            if (inputs is ["-"])
            {
                var input = await InputText.StandardInputAsync(session.Shell, session.Interrupts.Token);
                inputs = input.Split('\n').Select(l => l.TrimEnd('\r')).ToArray();
            }
            var request = new EmbedRequest { Model = session.Parse.GetValue(model) ?? "", Inputs = { inputs } };
            var response = await new InferenceService.InferenceServiceClient(session.Channel.Invoker).EmbedAsync(request, session.Long);
            if (session.Json)
            {
                session.WriteJson(response);
                return ExitCode.Done;
            }
            Tables.Write(session.Shell,
                [new("TEXT"), new("NUMBERS", Right: true), new("VECTOR")],
                response.Embeddings.Zip(inputs, (embedding, text) => new[] { TerminalText.Shortened(text, ShownText), embedding.Values.Count.ToString(CultureInfo.InvariantCulture), Numbers(embedding) }));
            session.Note($"[{Words.Short(response.Model)}, {response.Usage?.PromptTokens ?? 0} tokens]");
            return ExitCode.Done;
        });
    }

    private static string Numbers(Embedding embedding)
    {
        var shown = embedding.Values.Take(ShownNumbers).Select(v => v.ToString("0.0000", CultureInfo.InvariantCulture));
        return string.Join(' ', shown) + (embedding.Values.Count > ShownNumbers ? " …" : "");
    }
}
