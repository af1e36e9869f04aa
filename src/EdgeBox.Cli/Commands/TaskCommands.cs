using System.CommandLine;
using EdgeBox.Cli.Rendering;
using EdgeBox.Cli.Terminal;
using EdgeBox.V1;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl task: what models are set up for.</summary>
internal static class TaskCommands
{
    /// <summary>Builds the command.</summary>
    public static DocumentedCommand Build(CommandHost host)
        => new("task", "What a model is set up for: see it, change it, take the change back.", "task list", "chat --task translate --param language=Burmese \"Good morning\"")
        {
            List(host),
            Show(host),
            Set(host),
            Reset(host),
        };

    private static ModelService.ModelServiceClient Client(Session session) => new(session.Channel.Invoker);

    private static Argument<string> NameArgument() => new("NAME") { Description = "The task's name, as in: edgeboxctl task list" };

    private static DocumentedCommand List(CommandHost host)
    {
        var model = GenerationOptions.ModelOption();
        return host.Bind(new DocumentedCommand("list", "List the tasks of a model.", "task list", "task list --model chat") { model }, async session =>
        {
            var response = await ListAsync(session, model);
            if (session.Json)
            {
                session.WriteJson(response);
                return ExitCode.Done;
            }
            Tables.Write(session.Shell,
                [new("TASK"), new("FROM"), new("PARAMETERS"), new("DOES")],
                response.Tasks.Select(t => new[] { t.Name, t.BuiltIn ? "the box" : "an operator", Parameters(t), t.Description }));
            return ExitCode.Done;
        });
    }

    private static DocumentedCommand Show(CommandHost host)
    {
        var name = NameArgument();
        var model = GenerationOptions.ModelOption();
        var command = new DocumentedCommand("show", "Show all about one task; with --json in the form that 'task set' reads.",
            "task show translate", "--json task show translate > translate.json") { name, model };
        return host.Bind(command, async session =>
        {
            var wanted = session.Parse.GetRequiredValue(name);
            var response = await ListAsync(session, model);
            var task = response.Tasks.FirstOrDefault(t => t.Name == wanted)
                ?? throw new CliFailure("TASK_NOT_FOUND", $"The model is set up for no task {wanted}.", ("task", wanted));
            if (session.Json)
            {
                session.WriteJson(task);
            }
            else
            {
                Render(session, task);
            }
            return ExitCode.Done;
        });
    }

    private static DocumentedCommand Set(CommandHost host)
    {
        var file = new Argument<string>("FILE") { Description = "The task as JSON, as 'edgeboxctl --json task show NAME' writes it. '-' stands for standard input." };
        var model = GenerationOptions.ModelOption();
        var command = new DocumentedCommand("set", "Set a model up for a task, in place of one of the same name.",
            "task set translate.json", "task set letters.json --model chat") { file, model };
        return host.Bind(command, async session =>
        {
            var path = session.Parse.GetRequiredValue(file);
            var text = path == "-"
                ? await InputText.StandardInputAsync(session.Shell, session.Interrupts.Token)
                : await InputText.FileAsync(path, session.Shell, session.Interrupts.Token);
            var request = new SetTaskRequest { Model = session.Parse.GetValue(model) ?? "", Task = MessageFile.Read<TaskPreset>(text, path) };
            var task = await Client(session).SetTaskAsync(request, session.Quick);
            if (session.Json)
            {
                session.WriteJson(task);
            }
            else
            {
                session.Say($"Task {task.Name} is set.");
            }
            return ExitCode.Done;
        });
    }

    private static DocumentedCommand Reset(CommandHost host)
    {
        var name = NameArgument();
        var model = GenerationOptions.ModelOption();
        var command = new DocumentedCommand("reset", "Take back what 'task set' did: a task of the box is as it was brought, any other is gone.", "task reset translate") { name, model };
        return host.Bind(command, async session =>
        {
            var request = new ResetTaskRequest { Model = session.Parse.GetValue(model) ?? "", Name = session.Parse.GetRequiredValue(name) };
            var response = await Client(session).ResetTaskAsync(request, session.Quick);
            if (session.Json)
            {
                session.WriteJson(response);
            }
            else
            {
                session.Say($"Task {request.Name} was reset.");
            }
            return ExitCode.Done;
        });
    }

    private static async Task<ListTasksResponse> ListAsync(Session session, Option<string?> model)
        => await Client(session).ListTasksAsync(new ListTasksRequest { Model = session.Parse.GetValue(model) ?? "" }, session.Quick);

    private static void Render(Session session, TaskPreset task)
    {
        Tables.WriteFacts(session.Shell,
            ("Task", task.Name),
            ("Does", task.Description),
            ("From", task.BuiltIn ? "the box" : "an operator"),
            ("Effort", task.Effort == ReasoningEffort.Unspecified ? null : task.Effort.ToString().ToLowerInvariant()),
            ("Temperature", task.Sampling is { HasTemperature: true } sampling ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{sampling.Temperature}") : null),
            ("Attempts", task.Attempts == 0 ? null : Words.Number(task.Attempts)),
            ("Constraint", task.Constraint is null ? null : Spaced(task.Constraint.KindCase.ToString())),
            ("Checks", task.Checks.Count == 0 ? null : string.Join(", ", task.Checks.Select(c => c.Name.Length > 0 ? c.Name : Spaced(c.KindCase.ToString())))));
        foreach (var parameter in task.Parameters)
        {
            var value = parameter.DefaultValue.Length == 0 ? "must be given" : $"else: {parameter.DefaultValue}";
            session.Say($"  --param {TerminalText.Line(parameter.Name)}=…  {TerminalText.Line(parameter.Description)} ({TerminalText.Line(value)})");
        }
        session.Say("\n" + task.Instructions);
    }

    private static string Parameters(TaskPreset task)
        => task.Parameters.Count == 0 ? "-" : string.Join(", ", task.Parameters.Select(p => p.DefaultValue.Length == 0 ? p.Name : $"[{p.Name}]"));

    // "KeepsNumbers" is "keeps numbers".
    private static string Spaced(string name) => string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
