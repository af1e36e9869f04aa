using System.CommandLine;
using System.Globalization;
using System.Text;
using EdgeBox.Cli.Rendering;
using EdgeBox.V1;
using Google.Protobuf;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl tokenize: shows how a model splits a text.</summary>
internal static class TokenizeCommand
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Builds the command.</summary>
    public static DocumentedCommand Build(CommandHost host)
    {
        var text = new Argument<string[]>("TEXT") { Description = "The text. '-' stands for standard input; so does none.", Arity = ArgumentArity.ZeroOrMore };
        var model = GenerationOptions.ModelOption();
        var special = new Option<bool>("--add-special") { Description = "Put the model's beginning-of-text token first, if it wants one." };
        var command = new DocumentedCommand("tokenize", "Show how a model splits a text into tokens.",
            "tokenize \"Tashi delek\"",
            "--json tokenize - < letter.txt | jq '.tokens | length'") { text, model, special };
        return host.Bind(command, async session =>
        {
            var request = new TokenizeRequest
            {
                Model = session.Parse.GetValue(model) ?? "",
                Text = await InputText.ReadAsync(session.Parse.GetValue(text) ?? [], session.Shell, session.Interrupts.Token),
                AddSpecial = session.Parse.GetValue(special),
            };
            var response = await new InferenceService.InferenceServiceClient(session.Channel.Invoker).TokenizeAsync(request, session.Quick);
            if (session.Json)
            {
                session.WriteJson(response);
                return ExitCode.Done;
            }
            Tables.Write(session.Shell,
                [new("#", Right: true), new("ID", Right: true), new("PIECE")],
                response.Tokens.Select((t, i) => new[] { i.ToString(CultureInfo.InvariantCulture), Words.Number(t.Id), Piece(t.Piece) }));
            session.Note($"[{response.Tokens.Count} tokens, {Words.Short(response.Model)}]");
            return ExitCode.Done;
        });
    }

    /// <summary>A piece in quotes, its spaces and control characters made visible; as bytes where it is no whole characters.</summary>
    internal static string Piece(ByteString piece)
    {
        try
        {
            var quoted = new StringBuilder("\"");
            foreach (var rune in s_strict.GetString(piece.Span).EnumerateRunes())
            {
                quoted.Append(rune.Value switch
                {
                    '\n' => "\\n",
                    '\r' => "\\r",
                    '\t' => "\\t",
                    '"' => "\\\"",
                    '\\' => "\\\\",
                    _ when Rune.IsControl(rune) => $"\\u{rune.Value:x4}",
                    _ => rune.ToString(),
                });
            }
            return quoted.Append('"').ToString();
        }
        catch (DecoderFallbackException)
        {
            return string.Join(' ', piece.Select(b => "0x" + b.ToString("x2", CultureInfo.InvariantCulture)));
        }
    }
}
