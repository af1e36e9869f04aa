using System.CommandLine;
using EdgeBox.Cli.Rendering;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl completion: scripts that make shells complete its command lines.</summary>
internal static class CompletionCommand
{
    // Each script hands over the line without the program's name, which may be a path, and the cursor's place in it.
    private const string Bash = """
        _edgeboxctl() {
            local line="${COMP_LINE:0:COMP_POINT}"
            case "$line" in *' '*) line="${line#* }" ;; *) return ;; esac
            local word="${line##* }" prefix=""
            # Bash replaces only what follows the last ':' or '='.
            case "$word" in *[:=]*) prefix="${word%"${word##*[:=]}"}" ;; esac
            local IFS=$'\n' item
            COMPREPLY=()
            for item in $("$1" "[suggest:${#line}]" "$line" 2>/dev/null); do
                case "$item" in "$word"*) COMPREPLY+=("${item#"$prefix"}") ;; esac
            done
        }
        complete -o default -F _edgeboxctl edgeboxctl
        """;

    private const string Zsh = """
        #compdef edgeboxctl
        _edgeboxctl() {
            local line="${(j: :)words[2,CURRENT]}"
            local -a items
            items=("${(@f)$("$words[1]" "[suggest:${#line}]" "$line" 2>/dev/null)}")
            items=("${(@)items:#}")
            if (( ${#items} )); then compadd -a items; else _files; fi
        }
        # Found on fpath the file is the function's body; sourced it registers the function.
        if [[ "$funcstack[1]" == _edgeboxctl ]]; then _edgeboxctl "$@"; else compdef _edgeboxctl edgeboxctl; fi
        """;

    private const string Fish = """
        function __edgeboxctl
            set -l line (string replace -r '^\S+\s' '' -- (commandline -cp))
            edgeboxctl "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c edgeboxctl -a '(__edgeboxctl)'
        """;

    /// <summary>Builds the command.</summary>
    public static DocumentedCommand Build(CommandHost host)
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish.", HelpName = "bash|zsh|fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new DocumentedCommand("completion", "Print a script that completes commands and options when you press Tab.",
            "completion bash | sudo tee /etc/bash_completion.d/edgeboxctl",
            "completion zsh > ~/.zfunc/_edgeboxctl",
            "completion fish > ~/.config/fish/completions/edgeboxctl.fish") { shell };
        return host.Bind(command, session =>
        {
            var script = session.Parse.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish };
            if (session.Json)
            {
                session.WriteJson(Json.Of(w => w.WriteString("script", script)));
            }
            else
            {
                session.Shell.Output.Write(script + "\n");
            }
            return Task.FromResult(ExitCode.Done);
        });
    }
}
