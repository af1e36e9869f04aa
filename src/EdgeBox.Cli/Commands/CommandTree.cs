using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using EdgeBox.Cli.Rendering;
using EdgeBox.Cli.Terminal;

namespace EdgeBox.Cli.Commands;

/// <summary>All commands of edgeboxctl, and the one way to run a command line.</summary>
internal static class CommandTree
{
    // A prompt may begin with '@'; it is no file of arguments.
    private static readonly ParserConfiguration s_parser = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    private static readonly IReadOnlyList<string> s_firstSteps =
        ["status", "chat \"What is a llama?\"", "model load /srv/models/llama.gguf", "--endpoint https://box:8443 --credentials ./alice chat"];

    /// <summary>Builds the commands.</summary>
    public static RootCommand Build(Shell shell)
    {
        var options = new GlobalOptions();
        var host = new CommandHost(shell, options);
        var root = new RootCommand("Asks an EdgeBox for answers, and looks after it.");
        root.Options.Clear();
        root.Add(new HelpOption("--help", "-h") { Description = "Show help and examples.", Recursive = true });
        options.AddTo(root);
        root.Add(StatusCommand.Build(host));
        root.Add(ChatCommand.Build(host));
        root.Add(CompleteCommand.Build(host));
        root.Add(EmbedCommand.Build(host));
        root.Add(RerankCommand.Build(host));
        root.Add(TokenizeCommand.Build(host));
        root.Add(ModelCommands.Build(host));
        root.Add(TaskCommands.Build(host));
        root.Add(OperationCommands.Build(host));
        root.Add(AccessCommands.Build(host));
        root.Add(AuditCommands.Build(host));
        root.Add(CompletionCommand.Build(host));
        root.Add(VersionCommand.Build(host));
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!, shell);
        return root;
    }

    /// <summary>Parses and runs a command line.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, Shell shell)
    {
        var root = Build(shell);
        var parse = root.Parse(args, s_parser);
        var configuration = new InvocationConfiguration
        {
            Output = shell.Output,
            Error = shell.Error,
            EnableDefaultExceptionHandler = false,
            // Ctrl-C is the commands' own matter: an answer is cancelled, the program goes on.
            ProcessTerminationTimeout = null,
        };
        return parse.Action is not (SynchronousCommandLineAction and not ParseErrorAction) && Mistake(parse) is { } mistake
            ? CommandHost.Tell(shell, args.Contains("--json"), mistake)
            : await parse.InvokeAsync(configuration);
    }

    private static CliFailure? Mistake(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        var path = PathOf(command);
        if (MisspeltOption(parse) is { } option)
        {
            return CliFailure.Usage(
                $"'{option}' is no option of '{path}'.",
                Hint(path, option, OptionNames(parse)) + " Text that begins with '-' comes after a lone '--'.");
        }
        if (parse.UnmatchedTokens is [var word, ..])
        {
            var names = command.Subcommands.Select(c => c.Name).Concat(OptionNames(parse));
            var kind = word.StartsWith('-') ? "option" : command.Subcommands.Count > 0 ? "command" : null;
            return CliFailure.Usage(
                kind is null ? $"'{word}' is one word too many for '{path}'." : $"'{word}' is no {kind} of '{path}'.",
                Hint(path, word, names));
        }
        return parse.Errors.Count == 0
            ? null
            : command.Subcommands.Count > 0
                ? CliFailure.Usage($"'{path}' needs one of: {string.Join(", ", command.Subcommands.Select(c => c.Name))}.", $"See: {path} --help")
                : CliFailure.Usage(parse.Errors[0].Message, $"See: {path} --help");
    }

    // An argument that takes any words swallows an option that is spelt wrong.
    private static string? MisspeltOption(ParseResult parse)
        => parse.Tokens.Any(t => t.Type == TokenType.DoubleDash)
            ? null
            : parse.CommandResult.Command.Arguments
                .SelectMany(a => parse.GetResult(a)?.Tokens ?? [])
                .Select(t => t.Value)
                .FirstOrDefault(LooksLikeOption);

    private static bool LooksLikeOption(string word)
        => word.Length > 1 && word[0] == '-' && word.TrimStart('-') is { Length: > 0 } name
            && char.IsAsciiLetter(name[0]) && name.Split('=')[0].All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    private static IEnumerable<string> OptionNames(ParseResult parse)
        => parse.CommandResult.Command.Options.Concat(parse.RootCommandResult.Command.Options).Select(o => o.Name);

    private static string Hint(string path, string word, IEnumerable<string> known)
        => Spelling.Nearest(word, known) is { } nearest
            ? nearest.StartsWith('-') ? $"Did you mean {nearest}? See: {path} --help" : $"Did you mean: {path} {nearest}"
            : $"See: {path} --help";

    private static string PathOf(Command command)
    {
        var names = new List<string>();
        for (var symbol = command; symbol is not null and not RootCommand; symbol = symbol.Parents.OfType<Command>().FirstOrDefault())
        {
            names.Insert(0, symbol.Name);
        }
        return string.Join(' ', names.Prepend("edgeboxctl"));
    }

    private sealed class HelpWithExamples(HelpAction inner, Shell shell) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            inner.MaxWidth = shell.OutputIsTerminal ? shell.Width : 120;
            inner.Invoke(parseResult);
            var examples = parseResult.CommandResult.Command is DocumentedCommand documented ? documented.Examples : s_firstSteps;
            if (examples.Count > 0)
            {
                shell.Output.Write("Examples:\n");
                foreach (var example in examples)
                {
                    shell.Output.Write($"  edgeboxctl {example}\n");
                }
                shell.Output.Write('\n');
            }
            shell.Output.Flush();
            return ExitCode.Done;
        }
    }
}
