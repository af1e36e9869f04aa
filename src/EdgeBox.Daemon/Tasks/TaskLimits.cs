using System.Globalization;
using EdgeBox.Daemon.Checks;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.Limit;

namespace EdgeBox.Daemon.Tasks;

/// <summary>Judges tasks that a model is to be set up for.</summary>
internal static class TaskLimits
{
    public const int MaxName = 63;
    public const int MaxDescriptionCharacters = 256;
    public const int MaxInstructionCharacters = 8192;
    public const int MaxParameters = 16;
    public const int MaxParameterName = 32;
    public const int MaxValueCharacters = 1024;

    /// <summary>Refuses a task that cannot be done.</summary>
    public static void Check(TaskPreset? task)
    {
        if (task is null)
        {
            throw Refuse("task", "is not set", "a task");
        }

        CheckName("task.name", task.Name);
        Length("task.description", task.Description, 0, MaxDescriptionCharacters);
        Length("task.instructions", task.Instructions, 1, MaxInstructionCharacters);
        var parameters = CheckParameters(task);
        CheckPlaces("task.instructions", [task.Instructions], parameters);
        RequestLimits.Check(task.Sampling);
        Known("task.effort", task.Effort, "off, low, medium or high");
        Count("task.attempts", task.Attempts, 0, CheckedAnswers.MaxAttempts);
        ConstraintLimits.Check(task.Constraint);
        Count("task.checks", task.Checks.Count, 0, CheckSet.MaxChecks);
        for (var i = 0; i < task.Checks.Count; i++)
        {
            // What waits for a value is judged when it has one.
            var field = string.Create(CultureInfo.InvariantCulture, $"task.checks[{i}]");
            var places = TaskText.TextsOf(task.Checks[i]).SelectMany(TaskText.PlacesOf).Any(parameters.Contains);
            Length($"{field}.name", task.Checks[i].Name, 0, CheckSet.MaxNameCharacters);
            if (!places)
            {
                CheckSet.JudgeOf(task.Checks[i], "", field);
            }
        }
    }

    /// <summary>Refuses what is no name of a task.</summary>
    public static void CheckName(string field, string name)
    {
        if (name.Length is 0 or > MaxName || name.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-'))
        {
            throw Refuse(field, "is no name of a task", string.Create(CultureInfo.InvariantCulture, $"1 to {MaxName} characters of a-z, 0-9 and '-'"));
        }
    }

    private static HashSet<string> CheckParameters(TaskPreset task)
    {
        Count("task.parameters", task.Parameters.Count, 0, MaxParameters);
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < task.Parameters.Count; i++)
        {
            var (parameter, field) = (task.Parameters[i], string.Create(CultureInfo.InvariantCulture, $"task.parameters[{i}]"));
            if (parameter.Name.Length is 0 or > MaxParameterName || parameter.Name.Any(c => !char.IsAsciiLetterLower(c) && c != '_'))
            {
                throw Refuse($"{field}.name", "is no name of a parameter",
                    string.Create(CultureInfo.InvariantCulture, $"1 to {MaxParameterName} characters of a-z and '_'"));
            }

            if (!names.Add(parameter.Name))
            {
                throw Refuse($"{field}.name", "is the name of another parameter", "one parameter of each name");
            }

            Length($"{field}.description", parameter.Description, 0, MaxDescriptionCharacters);
            Length($"{field}.default_value", parameter.DefaultValue, 0, MaxValueCharacters);
        }

        return names;
    }

    private static void CheckPlaces(string field, IEnumerable<string> texts, HashSet<string> parameters)
    {
        if (texts.SelectMany(TaskText.PlacesOf).FirstOrDefault(place => !parameters.Contains(place)) is { } unknown)
        {
            throw Refuse(field, $"has the place {{{unknown}}} for a parameter that the task does not have", "the names of its parameters in braces");
        }
    }
}
