using System.Diagnostics;
using System.Text;
using EdgeBox.V1;
using Grpc.Core;
using Xunit;

namespace EdgeBox.Cli.Tests;

/// <summary>The real program: signals from a real terminal, pipes that break, shells that complete.</summary>
public class ProcessTests
{
    // Where the program's own build puts it: beside the tests it would lack what the tests take from ASP.NET. EDGEBOXCTL names
    // another, e.g. the published one.
    private static readonly string s_program = Environment.GetEnvironmentVariable("EDGEBOXCTL") ?? Path.Combine(
        Golden.Repository(), "src/EdgeBox.Cli/bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0/linux-x64/edgeboxctl");

    [Fact]
    public async Task Chat_CtrlCOnATerminal_CancelsTheCallAndExitsSeven()
    {
        await using var box = await ScriptedBox.StartAsync();
        var cancelled = Endless(box);
        using var terminal = Terminal.Start($"{s_program} --endpoint {box.Endpoint} chat hi");
        await terminal.SeeAsync("word word");
        await terminal.TypeAsync("\u0003");
        Assert.Equal(7, await terminal.EndAsync());
        Assert.Contains("edgeboxctl: Cancelled.", terminal.Text, StringComparison.Ordinal);
        await cancelled;
    }

    [Fact]
    public async Task Revoke_CtrlCAtTheQuestion_LeavesAtOnce()
    {
        await using var box = await ScriptedBox.StartAsync();
        using var terminal = Terminal.Start($"{s_program} --endpoint {box.Endpoint} access revoke alice");
        await terminal.SeeAsync("[y/N]");
        await terminal.TypeAsync("\u0003");
        Assert.Equal(7, await terminal.EndAsync());
    }

    [Fact]
    public async Task Tls_OfTheRealProgram_IsMutual()
    {
        using var authority = new Authority("CN=EdgeBox CA");
        using var certificate = authority.Issue("CN=box", Authority.Now.AddDays(1), "127.0.0.1");
        await using var box = await ScriptedBox.StartAsync(certificate);
        box.Script.Caller = context => new Caller { Identity = context.GetHttpContext().Connection.ClientCertificate?.Subject ?? "nobody" };
        authority.WriteCredentials(box.Directory);
        var (code, output, error) = await BashAsync($"{s_program} --json --endpoint {box.Endpoint} --credentials {box.Directory} access whoami");
        Assert.Equal((0, "CN=alice", ""), (code, new Ran(code, output, error).Document.GetProperty("identity").GetString(), error));
    }

    [Fact]
    public async Task Dialogue_CtrlCInAnAnswer_GoesBackToThePrompt()
    {
        await using var box = await ScriptedBox.StartAsync();
        var cancelled = Endless(box);
        using var terminal = Terminal.Start($"{s_program} --endpoint {box.Endpoint} chat");
        await terminal.SeeAsync("> ");
        await terminal.TypeAsync("hi\r");
        await terminal.SeeAsync("word word");
        await terminal.TypeAsync("\u0003");
        await terminal.SeeAsync("(cancelled)");
        await cancelled;
        box.Script.Chat = async (request, stream, _) =>
        {
            // What was said before Ctrl-C is remembered.
            foreach (var response in Samples.Answer((Channel.Answer, $"[{request.Messages.Count} messages]")))
            {
                await stream.WriteAsync(response);
            }
        };
        await terminal.TypeAsync("again\r");
        await terminal.SeeAsync("[3 messages]");
        await terminal.SeeAsync("seed 42]");
        await terminal.SeeAsync("> ");
        await terminal.TypeAsync("\u0003");
        Assert.Equal(0, await terminal.EndAsync());
    }

    [Fact]
    public async Task Dialogue_TypedBeforeThePromptAndWhileAnAnswerComes_IsAsked()
    {
        await using var box = await ScriptedBox.StartAsync();
        var typed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        box.Script.Chat = async (request, stream, _) =>
        {
            foreach (var response in Samples.Answer((Channel.Answer, $"[{request.Messages[^1].Parts[0].Text}]")))
            {
                await stream.WriteAsync(response);
            }

            await typed.Task;
        };
        using var terminal = Terminal.Start($"{s_program} --endpoint {box.Endpoint} chat");
        await terminal.TypeAsync("hi\r");
        await terminal.SeeAsync("[hi]");
        await terminal.TypeAsync("and then\r");
        typed.SetResult();
        await terminal.SeeAsync("[and then]");
        await terminal.SeeAsync("> ");
        await terminal.TypeAsync("\u0004");
        Assert.Equal(0, await terminal.EndAsync());
    }

    [Fact]
    public async Task Chat_ReaderGoesAway_CancelsTheCallInSilence()
    {
        await using var box = await ScriptedBox.StartAsync();
        var cancelled = Endless(box);
        var (code, output, error) = await BashAsync($"{s_program} --endpoint {box.Endpoint} chat hi | head -c 9; code=${{PIPESTATUS[0]}}; echo; echo $code");
        Assert.Equal((0, "word word\n7\n", ""), (code, output, error));
        await cancelled;
    }

    [Fact]
    public async Task Completion_BashScript_CompletesCommandsOptionsAndWordsWithColons()
    {
        const string ask = """
            complete_line() { COMP_LINE="$1"; COMP_POINT=${#1}; COMPREPLY=(); _edgeboxctl PROGRAM "" ""; echo "${COMPREPLY[*]}"; }
            """;
        var (code, output, error) = await BashAsync(
            $"set -e; source <({s_program} completion bash)\n{ask.Replace("PROGRAM", s_program, StringComparison.Ordinal)}\n"
            + "complete_line 'edgeboxctl mod'\ncomplete_line '/usr/bin/edgeboxctl model lo'\ncomplete_line 'edgeboxctl chat --temp'\n"
            + "complete_line 'edgeboxctl completion '\ncomplete_line 'edgeboxctl nonsense --'");
        Assert.Equal(("", 0), (error, code));
        var lines = output.TrimEnd('\n').Split('\n');
        Assert.Equal(["model", "load", "--temperature"], lines[..3]);
        Assert.Contains("bash", lines[3].Split(' '));
        Assert.Contains("zsh", lines[3].Split(' '));
    }

    [Fact]
    public async Task Json_OfTheRealProgram_HoldsEveryKindOfField()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Status = _ => Samples.Status;
        box.Script.Operations = _ => new ListOperationsResponse { Operations = { Samples.Succeeded, Samples.Failed } };
        box.Script.Tokenize = _ => Samples.Tokens;
        box.Script.Records = _ => new ListRecordsResponse { Records = { Samples.Record(1) } };
        box.Script.Embed = _ => new EmbedResponse { Embeddings = { new Embedding { Values = { 0.5f } } } };
        var ctl = $"{s_program} --json --endpoint {box.Endpoint}";
        var (code, output, error) = await BashAsync($"{ctl} status && {ctl} operation list && {ctl} tokenize x && {ctl} audit list && {ctl} embed x");
        Assert.Equal((0, ""), (code, error));
        var lines = new Ran(code, output, error).Lines;
        Assert.Equal(5, lines.Length);
        Assert.Equal(("273906s", "MODEL_STATE_READY"), (lines[0].GetProperty("uptime").GetString(), lines[0].GetProperty("models")[1].GetProperty("state").GetString()));
        Assert.Equal("models/chat", lines[1].GetProperty("operations")[0].GetProperty("response").GetProperty("name").GetString());
        Assert.Equal("8589934592", lines[1].GetProperty("operations")[1].GetProperty("error").GetProperty("details")[0].GetProperty("metadata").GetProperty("available_bytes").GetString());
        Assert.Equal("4YA=", lines[2].GetProperty("tokens")[1].GetProperty("piece").GetString());
        Assert.Equal("client", lines[3].GetProperty("records")[0].GetProperty("facts").GetProperty("role").GetString());
        Assert.Equal(0.5, lines[4].GetProperty("embeddings")[0].GetProperty("values")[0].GetDouble());
    }

    [Fact]
    public async Task Tables_OfTheRealProgram_AreDrawn()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Status = _ => Samples.Status;
        var (code, output, error) = await BashAsync($"{s_program} --endpoint {box.Endpoint} status");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("chat    ready       4     8192       1       2  1.2 GiB         1\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OutputToAFileSharedWithErrors_KeepsBoth()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Tokenize = _ => Samples.Tokens;
        var file = Path.Combine(box.Directory, "out.txt");
        var (code, _, _) = await BashAsync($"{s_program} --endpoint {box.Endpoint} tokenize hi > {file} 2>&1");
        Assert.Equal(0, code);
        var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.Contains("\"Hello\"", text, StringComparison.Ordinal);
        Assert.Contains("[4 tokens, chat]", text, StringComparison.Ordinal);
    }

    /// <summary>Makes the box answer without end.</summary>
    /// <returns>Ends when the client has cancelled.</returns>
    private static Task Endless(ScriptedBox box)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        box.Script.Chat = async (_, stream, context) =>
        {
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
            try
            {
                while (await pace.WaitForNextTickAsync(context.CancellationToken))
                {
                    await stream.WriteAsync(new ChatResponse { Delta = new TextDelta { Channel = Channel.Answer, Text = "word ", Tokens = 1 } });
                }
            }
            finally
            {
                if (context.CancellationToken.IsCancellationRequested)
                {
                    cancelled.TrySetResult();
                }
            }
        };
        return cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static async Task<(int Code, string Output, string Error)> BashAsync(string script)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>A program on a pseudo-terminal, which script(1) of util-linux makes.</summary>
    private sealed class Terminal : IDisposable
    {
        private readonly Process _process;
        private readonly StringBuilder _text = new();
        private int _seen;

        private Terminal(Process process) => _process = process;

        public string Text => _text.ToString();

        public static Terminal Start(string command)
        {
            var start = new ProcessStartInfo("script", ["-q", "-f", "-e", "-c", $"exec {command}", "/dev/null"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
            start.Environment["TERM"] = "xterm";
            return new Terminal(Process.Start(start)!);
        }

        /// <summary>Reads until the text comes, after what was seen before.</summary>
        public async Task SeeAsync(string text)
        {
            while (true)
            {
                var found = _text.ToString().IndexOf(text, _seen, StringComparison.Ordinal);
                if (found >= 0)
                {
                    _seen = found + text.Length;
                    return;
                }
                Assert.True(await ReadAsync(), $"'{text}' did not come. The terminal shows:\n{_text}");
            }
        }

        public async Task TypeAsync(string keys)
        {
            await _process.StandardInput.WriteAsync(keys);
            await _process.StandardInput.FlushAsync();
        }

        public async Task<int> EndAsync()
        {
            while (await ReadAsync())
            {
            }
            await _process.WaitForExitAsync();
            return _process.ExitCode;
        }

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
            }
            _process.Dispose();
        }

        private async Task<bool> ReadAsync()
        {
            var buffer = new char[4096];
            // Reading from a pipe cannot be cancelled, but left.
            var reading = _process.StandardOutput.ReadAsync(buffer).AsTask();
            if (await Task.WhenAny(reading, Task.Delay(TimeSpan.FromSeconds(30), TimeProvider.System)) != reading)
            {
                throw new TimeoutException($"Nothing more came. The terminal shows:\n{_text}");
            }

            _text.Append(buffer, 0, await reading);
            return await reading > 0;
        }
    }
}
