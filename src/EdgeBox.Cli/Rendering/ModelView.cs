using EdgeBox.Cli.Commands;
using EdgeBox.V1;

namespace EdgeBox.Cli.Rendering;

/// <summary>Shows models as they change: a JSON document a line, on a terminal a table that is drawn anew, else a line for each state.</summary>
internal sealed class ModelView(Session session) : IDisposable
{
    private readonly SortedDictionary<string, Model> _models = new(StringComparer.Ordinal);
    private int _drawn;

    /// <summary>Shows a model as it is now.</summary>
    public void Show(Model model)
    {
        var isNews = !_models.TryGetValue(model.Name, out var before) || before.State != model.State;
        if (model.State == ModelState.Absent)
        {
            _models.Remove(model.Name);
        }
        else
        {
            _models[model.Name] = model;
        }
        if (session.Json)
        {
            session.WriteJson(model);
        }
        else if (session.Shell.OutputIsTerminal)
        {
            Draw();
        }
        else if (isNews)
        {
            session.Say($"{Words.Short(model.Name)} {ModelCommands.StateOf(model)}");
            session.Shell.Output.Flush();
        }
    }

    /// <inheritdoc />
    public void Dispose() => session.Shell.Output.Flush();

    private void Draw()
    {
        var problems = _models.Values.Where(m => m.Problem is not null).Select(ModelCommands.ProblemOf);
        var text = ModelCommands.Table(session, _models.Values)
            + string.Concat(problems.Select(line => (line.Length < session.Shell.Width ? line : line[..(session.Shell.Width - 1)]) + "\n"));
        // Up to where it began, and nothing of it is left.
        session.Shell.Output.Write((_drawn > 0 ? $"\u001b[{_drawn}A\u001b[J" : "") + text);
        session.Shell.Output.Flush();
        _drawn = text.Count(c => c == '\n');
    }
}
