using System.Diagnostics;
using System.Globalization;
using EdgeBox.Benchmarks.Clients;
using EdgeBox.Testing;
using EdgeBox.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace EdgeBox.Benchmarks;

/// <summary>A daemon of its own, started for a measurement and stopped after it.</summary>
internal sealed class Box : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private Box(Process process, string directory, int tlsPort, GrpcChannel channel, TimeSpan toFirstAnswer)
    {
        _process = process;
        Socket = SocketIn(directory);
        TlsAddress = string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{tlsPort}");
        Channel = channel;
        ToFirstAnswer = toFirstAnswer;
    }

    /// <summary>A channel over the Unix socket.</summary>
    public GrpcChannel Channel { get; }

    /// <summary>From the start of the process to the end of its first answered call.</summary>
    public TimeSpan ToFirstAnswer { get; }

    public int Pid => _process.Id;

    /// <summary>Path of the Unix socket.</summary>
    public string Socket { get; }

    /// <summary>Where it answers over TLS.</summary>
    public string TlsAddress { get; }

    /// <summary>Starts a daemon on a directory and waits until it answers.</summary>
    /// <param name="directory">Holds its state and socket; an earlier one's may be used again.</param>
    /// <param name="arguments">Further arguments of edgeboxd.</param>
    public static async Task<Box> StartAsync(string directory, params string[] arguments)
    {
        var socket = SocketIn(directory);
        File.Delete(socket);
        var port = FreePorts.Next();
        var begin = Stopwatch.GetTimestamp();
        var process = Process.Start(new ProcessStartInfo(Programs.Daemon,
            ["--state", Path.Combine(directory, "state"), "--socket", socket, "--tls", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"), "--gateway", "off",
                "--worker", Programs.Worker, "--packs", Programs.Packs, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var said = new Queue<string>();
        process.OutputDataReceived += (_, line) => Keep(said, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(said, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        var channel = Channels.Unix(socket);
        var appliance = new ApplianceService.ApplianceServiceClient(channel);
        while (true)
        {
            try
            {
                await appliance.GetStatusAsync(new GetStatusRequest());
                return new Box(process, directory, port, channel, Stopwatch.GetElapsedTime(begin));
            }
            catch (RpcException) when (!process.HasExited && Stopwatch.GetElapsedTime(begin) < s_patience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(2));
            }
            catch (RpcException error)
            {
                throw new InvalidOperationException($"edgeboxd does not answer: {error.Status.Detail}\n{string.Join('\n', said)}");
            }
        }
    }

    /// <summary>Where a daemon on that directory listens.</summary>
    public static string SocketIn(string directory) => Path.Combine(directory, "edgeboxd.sock");

    /// <summary>Loads a model and waits until it is ready.</summary>
    /// <returns>The model as it was then.</returns>
    public async Task<Model> LoadAsync(string path, string name, int context, int slots, int threads)
    {
        var operation = await new ModelService.ModelServiceClient(Channel).LoadModelAsync(new LoadModelRequest
        {
            Path = path, Name = name, Options = new LoadOptions { ContextTokens = (uint)context, Slots = (uint)slots, Threads = (uint)threads },
        });
        return (await WaitAsync(operation, "loaded")).Response.Unpack<Model>();
    }

    /// <summary>Takes a model out of memory.</summary>
    public async Task UnloadAsync(string name) => await WaitAsync(
        await new ModelService.ModelServiceClient(Channel).UnloadModelAsync(new UnloadModelRequest { Name = "models/" + name }), "unloaded");

    /// <summary>The tokens of a prompt as the box reads it.</summary>
    public async Task<int[]> TokenizeAsync(string model, string prompt)
    {
        var tokens = await new InferenceService.InferenceServiceClient(Channel).TokenizeAsync(
            new TokenizeRequest { Model = model, Text = prompt, AddSpecial = true });
        return [.. tokens.Tokens.Select(token => (int)token.Id)];
    }

    /// <summary>Issues a certificate for a client.</summary>
    public async Task<Identity> IssueAsync(string name)
    {
        var issued = await new AccessService.AccessServiceClient(Channel).IssueCertificateAsync(
            new IssueCertificateRequest { Name = name, Role = Role.Client });
        return new Identity(issued.CertificatePem, issued.PrivateKeyPem, issued.CaPem);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        if (!_process.HasExited)
        {
            using var terminate = Process.Start("kill", ["-TERM", Pid.ToString(CultureInfo.InvariantCulture)]);
            using var patience = new CancellationTokenSource(s_patience);
            await _process.WaitForExitAsync(patience.Token);
        }

        _process.Dispose();
    }

    private async Task<Operation> WaitAsync(Operation operation, string what)
    {
        operation = await new OperationService.OperationServiceClient(Channel).WaitOperationAsync(new WaitOperationRequest { Name = operation.Name });
        return operation.State == OperationState.Succeeded
            ? operation
            : throw new InvalidOperationException($"The model could not be {what}: {operation.Error?.Message}");
    }

    private static void Keep(Queue<string> said, string? line)
    {
        if (line is not null)
        {
            lock (said)
            {
                said.Enqueue(line);
                while (said.Count > 50)
                {
                    said.Dequeue();
                }
            }
        }
    }
}
