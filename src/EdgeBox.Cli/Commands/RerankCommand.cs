using System.CommandLine;
using System.Globalization;
using EdgeBox.Cli.Rendering;
using EdgeBox.Cli.Terminal;
using EdgeBox.V1;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl rerank: scores documents by how well each answers a query.</summary>
internal static class RerankCommand
{
    private const int ShownText = 60;

    /// <summary>Builds the command.</summary>
    public static DocumentedCommand Build(CommandHost host)
    {
        var query = new Argument<string>("QUERY") { Description = "What the documents are to answer." };
        var documents = new Argument<string[]>("DOC") { Description = "The documents, each an argument of its own.", Arity = ArgumentArity.ZeroOrMore };
        var file = new Option<string?>("--file") { Description = "Further documents, one a line; blank lines are left out. '-' is standard input.", HelpName = "F" };
        var top = new Option<uint?>("--top") { Description = "Show only the N best.", HelpName = "N", CustomParser = Limits.Whole };
        var model = GenerationOptions.ModelOption();
        var command = new DocumentedCommand("rerank", "Order documents by how well they answer a query.",
            "rerank \"Who may open the safe?\" \"Rule 4: keys\" \"Rule 9: lunch\"",
            "rerank \"fire exits\" --file rules.txt --top 3",
            "--json rerank \"fire exits\" --file - < rules.txt | jq '.documents[0].index'") { query, documents, file, top, model };
        return host.Bind(command, async session =>
        {
            var texts = session.Parse.GetValue(documents) ?? [];
            if (session.Parse.GetValue(file) is { } path)
            {
                texts = [.. texts, .. await LinesAsync(path, session)];
            }
            if (texts.Length == 0)
            {
                throw CliFailure.Usage("There is no document to score.", "Give documents after the query, or a file of them with --file.");
            }
            var request = new RerankRequest
            {
                Model = session.Parse.GetValue(model) ?? "",
                Query = session.Parse.GetRequiredValue(query),
                Documents = { texts },
                TopN = session.Parse.GetValue(top) ?? 0,
            };
            var response = await new InferenceService.InferenceServiceClient(session.Channel.Invoker).RerankAsync(request, session.Long);
            if (session.Json)
            {
                session.WriteJson(response);
                return ExitCode.Done;
            }
            Tables.Write(session.Shell,
                [new("RANK", Right: true), new("SCORE", Right: true), new("TEXT")],
                response.Documents.Select((document, rank) => new[]
                {
                    (rank + 1).ToString(CultureInfo.InvariantCulture),
                    document.Score.ToString("0.0000", CultureInfo.InvariantCulture),
                    document.Index < texts.Length ? TerminalText.Shortened(texts[document.Index], ShownText) : "",
                }));
            session.Note($"[{Words.Short(response.Model)}, {response.Usage?.PromptTokens ?? 0} tokens]");
            return ExitCode.Done;
        });
    }

    private static async Task<IEnumerable<string>> LinesAsync(string path, Session session)
    {
        var text = path == "-"
            ? await InputText.StandardInputAsync(session.Shell, session.Interrupts.Token)
            : await InputText.FileAsync(path, session.Shell, session.Interrupts.Token);
        return text.Split('\n').Select(line => line.TrimEnd('\r')).Where(line => !string.IsNullOrWhiteSpace(line));
    }
}
