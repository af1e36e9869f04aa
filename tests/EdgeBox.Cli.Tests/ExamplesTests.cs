using System.Diagnostics;
using EdgeBox.V1;
using Grpc.Core;
using Xunit;

namespace EdgeBox.Cli.Tests;

/// <summary>The example clients, each run as a customer would run it, over mutual TLS.</summary>
public sealed class ExamplesTests : IDisposable
{
    private static readonly string s_examples = Path.Combine(Golden.Repository(), "examples");

    private readonly string _directory = Directory.CreateTempSubdirectory("edgebox-cli-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("csharp")]
    [InlineData("node")]
    [InlineData("python")]
    public async Task Example_Question_PrintsTheAnswerAndRefusals(string language)
    {
        var command = await CommandAsync(language);
        using var authority = new Authority("CN=EdgeBox CA");
        using var certificate = authority.Issue("CN=box", Authority.Now.AddDays(1), "127.0.0.1");
        await using var box = await ScriptedBox.StartAsync(certificate);
        authority.WriteCredentials(_directory);
        var asked = "";
        box.Script.Chat = async (request, stream, _) =>
        {
            asked = request.Messages[0].Parts[0].Text;
            foreach (var response in Samples.Answer((Channel.Reasoning, "Hmm."), (Channel.Answer, "བཀྲ་ཤིས་"), (Channel.Answer, " world")))
            {
                await stream.WriteAsync(response);
            }
        };
        var (done, output, _) = await RunAsync([.. command, box.Endpoint, _directory, "Hello?"]);
        Assert.Equal((0, "བཀྲ་ཤིས་ world\n", "Hello?"), (done, output, asked));

        box.Script.Chat = (_, _, _) => throw ScriptedBox.Refusal(ErrorReason.ModelNotReady, StatusCode.FailedPrecondition, "No model is loaded.");
        var (code, _, error) = await RunAsync([.. command, box.Endpoint, _directory, "Hello?"]);
        Assert.Equal(1, code);
        // Node warns before it of a server that is named by its address.
        Assert.EndsWith("MODEL_NOT_READY: No model is loaded.\n", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("csharp/Program.cs")]
    [InlineData("node/chat.js")]
    [InlineData("python/chat.py")]
    public void Example_File_IsShort(string file) => Assert.InRange(File.ReadLines(Path.Combine(s_examples, file)).Count(), 20, 80);

    private static async Task<string[]> CommandAsync(string language)
    {
        switch (language)
        {
            case "csharp":
                var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
                return [Path.Combine(s_examples, "csharp/bin", configuration, "net10.0/edgebox-example-chat")];
            case "node":
                Assert.SkipUnless(Directory.Exists(Path.Combine(s_examples, "../node_modules/@grpc/grpc-js")), "npm ci has not been run");
                return ["node", Path.Combine(s_examples, "node/chat.js")];
            default:
                var there = await RunAsync(["/usr/bin/python3", "-c", "import grpc, google.protobuf"]);
                Assert.SkipUnless(there.Code == 0, "Debian's python3-grpcio and python3-protobuf are not installed");
                var stubs = await RunAsync(["sh", Path.Combine(s_examples, "python/generate.sh")]);
                Assert.SkipUnless(stubs.Code == 0, "the Python stubs could not be generated: " + stubs.Error);
                return ["/usr/bin/python3", Path.Combine(s_examples, "python/chat.py")];
        }
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var process = Start(start);
        if (process is null)
        {
            return (127, "", "not installed");
        }
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await output, await error);
    }

    private static Process? Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
