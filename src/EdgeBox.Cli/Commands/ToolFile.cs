using System.Text.Json;
using EdgeBox.Cli.Rendering;
using EdgeBox.V1;

namespace EdgeBox.Cli.Commands;

/// <summary>Files that describe tools: one or a list, in our own shape or in the one that OpenAI's clients write.</summary>
internal static class ToolFile
{
    private const string Wanted = "A tool is {\"name\":…,\"description\":…,\"parameters\":{…}}, or {\"type\":\"function\",\"function\":{…}} around it; a file holds one or a list.";

    /// <summary>The tools of a file.</summary>
    /// <exception cref="CliFailure">It holds something else.</exception>
    public static IReadOnlyList<Tool> Read(string text, string file)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray().Select(Of)] : [Of(root)];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new CliFailure(ClientReasons.FileUnusable, $"{file} holds no tools: {e.Message}", ("path", file)) { Advice = Wanted };
        }
    }

    private static Tool Of(JsonElement element)
    {
        var tool = element.TryGetProperty("function", out var function) ? function : element;
        return new Tool
        {
            Name = tool.GetProperty("name").GetString() ?? "",
            Description = tool.TryGetProperty("description", out var description) ? description.GetString() ?? "" : "",
            // Our own shape has the schema as text, as the contract does; the other as an object.
            Parameters = !tool.TryGetProperty("parameters", out var parameters) ? ""
                : parameters.ValueKind == JsonValueKind.String ? parameters.GetString()!
                : parameters.GetRawText(),
        };
    }
}
