using System.CommandLine;
using System.CommandLine.Parsing;
using EdgeBox.Cli.Rendering;
using EdgeBox.V1;

namespace EdgeBox.Cli.Commands;

/// <summary>The options of chat alone: tasks, tools, effort and checks.</summary>
internal sealed class ChatOptions
{
    private readonly Option<string?> _task = new("--task") { Description = "A task that the model is set up for; see: edgeboxctl task list.", HelpName = "TASK" };
    private readonly Option<KeyValuePair<string, string>[]> _parameters = new("--param") { Description = "A value for the task, e.g. language=Burmese; may be given up to 16 times.", HelpName = "NAME=VALUE", CustomParser = Pairs };
    private readonly Option<string?> _effort = new("--effort") { Description = "How much the model thinks: off, low, medium or high.", HelpName = "EFFORT" };
    private readonly Option<string[]> _tools = new("--tool") { Description = "File with tools that the model may call, as JSON: name, description, parameters. Its calls are shown.", HelpName = "FILE" };
    private readonly Option<string[]> _checks = new("--check") { Description = "File with checks that the answer must pass, as JSON; see docs/checks.md.", HelpName = "FILE" };
    private readonly Option<string[]> _contains = new("--check-contains") { Description = "The answer must contain this text; may be given several times.", HelpName = "TEXT" };
    private readonly Option<string?> _script = new("--check-script") { Description = "The answer must be in this script, e.g. Mymr, Tibt, Arab, Hans.", HelpName = "CODE" };
    private readonly Option<string?> _language = new("--check-language") { Description = "The answer must be in this language, e.g. my, bo, ug, zh-Hans.", HelpName = "TAG" };
    private readonly Option<bool> _numbers = new("--check-numbers") { Description = "The answer must keep the numbers of the question." };
    private readonly Option<uint?> _attempts = new("--attempts") { Description = "How often the model may try to pass the checks: 1 to 8.", HelpName = "N", CustomParser = Limits.Whole };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        _effort.AcceptOnlyFromAmong("off", "low", "medium", "high");
        Option[] all = [_task, _parameters, _effort, _tools, _checks, _contains, _script, _language, _numbers, _attempts];
        foreach (var option in all)
        {
            command.Add(option);
        }
    }

    /// <summary>A request that holds what the options say, and no messages.</summary>
    /// <exception cref="CliFailure">A file cannot be read or does not hold what it should.</exception>
    public async Task<ChatRequest> RequestAsync(Session session)
    {
        var parse = session.Parse;
        var request = new ChatRequest
        {
            Effort = parse.GetValue(_effort) switch
            {
                "off" => ReasoningEffort.Off,
                "low" => ReasoningEffort.Low,
                "medium" => ReasoningEffort.Medium,
                "high" => ReasoningEffort.High,
                _ => ReasoningEffort.Unspecified,
            },
            Attempts = parse.GetValue(_attempts) ?? 0,
        };
        var parameters = parse.GetValue(_parameters) ?? [];
        if (parse.GetValue(_task) is { } task)
        {
            request.Task = new TaskChoice { Name = task };
            foreach (var (name, value) in parameters)
            {
                request.Task.Parameters[name] = value;
            }
        }
        else if (parameters.Length > 0)
        {
            throw CliFailure.Usage("--param needs --task.", "See the tasks with: edgeboxctl task list");
        }
        foreach (var file in parse.GetValue(_tools) ?? [])
        {
            request.Tools.AddRange(ToolFile.Read(await InputText.FileAsync(file, session.Shell, session.Interrupts.Token), file));
        }
        await AddChecksAsync(request, session);
        return request;
    }

    private async Task AddChecksAsync(ChatRequest request, Session session)
    {
        var parse = session.Parse;
        foreach (var file in parse.GetValue(_checks) ?? [])
        {
            request.Checks.AddRange(MessageFile.ReadMany<Check>(await InputText.FileAsync(file, session.Shell, session.Interrupts.Token), file));
        }
        if (parse.GetValue(_contains) is { Length: > 0 } texts)
        {
            request.Checks.Add(new Check { Contains = new TextList { Texts = { texts } } });
        }
        if (parse.GetValue(_script) is { } script)
        {
            request.Checks.Add(new Check { Script = new ScriptCheck { Code = script } });
        }
        if (parse.GetValue(_language) is { } language)
        {
            request.Checks.Add(new Check { Language = language });
        }
        if (parse.GetValue(_numbers))
        {
            request.Checks.Add(new Check { KeepsNumbers = true });
        }
    }

    private static KeyValuePair<string, string>[] Pairs(ArgumentResult result)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var given in result.Tokens)
        {
            var at = given.Value.IndexOf('=', StringComparison.Ordinal);
            if (at > 0)
            {
                pairs.Add(new(given.Value[..at], given.Value[(at + 1)..]));
            }
            else
            {
                result.AddError($"--param takes a name and a value, e.g. language=Burmese; '{given.Value}' is none.");
            }
        }
        return [.. pairs];
    }
}
