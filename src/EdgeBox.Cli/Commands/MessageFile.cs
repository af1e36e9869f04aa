using System.Text.Json;
using EdgeBox.Cli.Rendering;
using Google.Protobuf;

namespace EdgeBox.Cli.Commands;

/// <summary>Files that hold messages of the contract, in protobuf's JSON mapping.</summary>
internal static class MessageFile
{
    private static readonly JsonParser s_parser = new(JsonParser.Settings.Default);

    /// <summary>The message of a file.</summary>
    /// <exception cref="CliFailure">It holds something else.</exception>
    public static T Read<T>(string text, string file)
        where T : IMessage, new()
    {
        try
        {
            return s_parser.Parse<T>(text);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidJsonException)
        {
            throw new CliFailure(ClientReasons.FileUnusable, $"{file} holds no {typeof(T).Name}: {e.Message}", ("path", file));
        }
    }

    /// <summary>The message of a file, or the messages of a list.</summary>
    /// <exception cref="CliFailure">It holds something else.</exception>
    public static IReadOnlyList<T> ReadMany<T>(string text, string file)
        where T : IMessage, new()
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Array
                ? [.. root.EnumerateArray().Select(item => Read<T>(item.GetRawText(), file))]
                : [Read<T>(text, file)];
        }
        catch (JsonException e)
        {
            throw new CliFailure(ClientReasons.FileUnusable, $"{file} holds no JSON: {e.Message}", ("path", file));
        }
    }
}
