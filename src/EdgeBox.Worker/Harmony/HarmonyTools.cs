using System.Text;
using EdgeBox.Worker.Chat;

namespace EdgeBox.Worker.Harmony;

/// <summary>Tools under one name, told as harmony tells them.</summary>
/// <param name="Name">What their names begin with in headers.</param>
/// <param name="Description">Of all of them; may be empty.</param>
/// <param name="Tools">The tools; none where a text is all that is told.</param>
internal sealed record HarmonyTools(string Name, string Description, IReadOnlyList<Tool> Tools)
{
    /// <summary>The section of a message that tells of tools.</summary>
    public static string Section(IReadOnlyList<HarmonyTools> spaces)
    {
        var text = new StringBuilder("# Tools");
        foreach (var space in spaces)
        {
            text.Append("\n\n## ").Append(space.Name).Append("\n\n");
            space.AppendTo(text);
        }

        return text.ToString();
    }

    /// <summary>A text as lines of comment, each with its newline; nothing if it is empty.</summary>
    public static string Comment(string text, string indent = "")
    {
        var lines = new StringBuilder();
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (text.Length > 0)
            {
                lines.Append(indent).Append("// ").Append(line).Append('\n');
            }
        }

        return lines.ToString();
    }

    private void AppendTo(StringBuilder text)
    {
        if (Tools.Count == 0)
        {
            text.Append(Description);
            return;
        }

        text.Append(Comment(Description)).Append("namespace ").Append(Name).Append(" {\n\n");
        foreach (var tool in Tools)
        {
            text.Append(Comment(tool.Description)).Append("type ").Append(tool.Name).Append(" = (");
            if (ToolSignature.Of(tool.Parameters) is { } type)
            {
                text.Append("_: ").Append(type);
            }

            text.Append(") => any;\n\n");
        }

        text.Append("} // namespace ").Append(Name);
    }
}
