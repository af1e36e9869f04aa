using System.Globalization;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.Limit;

namespace EdgeBox.Daemon.Tasks;

/// <summary>The owner of what models are set up for: the tasks that the box brings, those that its manifest brings, and those that were set in their place or beside them.</summary>
internal sealed class TaskRegistry(TaskStore store)
{
    /// <summary>Tasks that one model may be set up for, beside those that the box brings.</summary>
    public const int MaxTasks = 64;

    /// <summary>The tasks of a model, by name.</summary>
    public IReadOnlyList<TaskPreset> List(string model, ModelManifest? manifest = null) =>
        [.. store.List(model).Concat(manifest?.Tasks ?? []).Concat(BuiltInTasks.All.Values)
            .DistinctBy(task => task.Name)
            .OrderBy(task => task.Name, StringComparer.Ordinal)];

    /// <summary>Sets a model up for a task.</summary>
    /// <exception cref="FailureException">INVALID_ARGUMENT: it cannot be one.</exception>
    public async Task<TaskPreset> SetAsync(string model, TaskPreset? task, string actor)
    {
        TaskLimits.Check(task);
        var kept = task!.Clone();
        kept.BuiltIn = false;
        return await store.PutAsync(model, kept, MaxTasks, actor) ? kept
            : throw Refuse("task", "is one too many", string.Create(CultureInfo.InvariantCulture, $"{MaxTasks} tasks of one model"));
    }

    /// <summary>Takes back what was set. A task that the box or the model brings is as it was, any other is gone.</summary>
    /// <exception cref="FailureException">TASK_NOT_FOUND.</exception>
    public async Task ResetAsync(string model, string name, string actor, ModelManifest? manifest = null)
    {
        TaskLimits.CheckName("name", name);
        if (!await store.RemoveAsync(model, name, actor) && Brought(name, manifest) is null)
        {
            throw NotFound(model, name);
        }
    }

    /// <summary>A request with its task carried out: the instructions come first, and the task's options hold wherever the request sets none.</summary>
    /// <exception cref="FailureException">TASK_NOT_FOUND, or INVALID_ARGUMENT: a parameter is missing, too long, or not one of the task's.</exception>
    public ChatRequest Apply(string model, ChatRequest request, ModelManifest? manifest = null)
    {
        if (request.Task is not { } choice)
        {
            return request;
        }

        TaskLimits.CheckName("task.name", choice.Name);
        var task = store.Find(model, choice.Name) ?? Brought(choice.Name, manifest) ?? throw NotFound(model, choice.Name);
        var values = ValuesOf(task, choice);
        var asked = request.Clone();
        asked.Task = null;
        asked.Messages.Insert(0, new ChatMessage
        {
            Role = ChatRole.System, Parts = { new ContentPart { Text = TaskText.Instructions(task.Instructions, values) } },
        });
        asked.Sampling = Defaults.Over(task.Sampling, request.Sampling);
        asked.Effort = request.Effort == ReasoningEffort.Unspecified ? task.Effort : request.Effort;
        asked.Attempts = request.Attempts == 0 ? task.Attempts : request.Attempts;
        asked.Constraint = request.Constraint ?? task.Constraint?.Clone();
        if (request.Checks.Count == 0)
        {
            asked.Checks.AddRange(task.Checks.Select(check => TaskText.Fill(check, values)).OfType<Check>());
        }

        return asked;
    }

    private static TaskPreset? Brought(string name, ModelManifest? manifest) =>
        manifest?.Tasks.FirstOrDefault(task => task.Name == name) ?? BuiltInTasks.All.GetValueOrDefault(name);

    private static Dictionary<string, string> ValuesOf(TaskPreset task, TaskChoice choice)
    {
        var names = task.Parameters.Select(parameter => parameter.Name).ToList();
        if (choice.Parameters.Keys.FirstOrDefault(name => !names.Contains(name)) is { } unknown)
        {
            throw Refuse($"task.parameters[{Checks.Words.Cut(unknown)}]", $"is no parameter of the task {task.Name}", names.Count > 0 ? string.Join(", ", names) : "none");
        }

        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var parameter in task.Parameters)
        {
            var field = $"task.parameters[{parameter.Name}]";
            var value = choice.Parameters.TryGetValue(parameter.Name, out var given) && given.Length > 0 ? given : parameter.DefaultValue;
            if (value.Length == 0)
            {
                throw Refuse(field, $"is missing; the task {task.Name} needs it", string.Create(CultureInfo.InvariantCulture, $"1 to {TaskLimits.MaxValueCharacters} characters"));
            }

            Length(field, value, 1, TaskLimits.MaxValueCharacters);
            values[parameter.Name] = value;
        }

        return values;
    }

    private static FailureException NotFound(string model, string name) => new(ErrorReason.TaskNotFound,
        $"{model} is set up for no task {name}. `edgeboxctl task list` shows what there is.", ("model", model), ("task", name));
}
