using System.Diagnostics;
using System.Net.Sockets;
using EdgeBox.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace EdgeBox.Benchmarks;

/// <summary>A daemon of its own, started for a measurement and stopped after it.</summary>
internal sealed class Box : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private Box(Process process, GrpcChannel channel, TimeSpan toFirstAnswer)
    {
        _process = process;
        Channel = channel;
        ToFirstAnswer = toFirstAnswer;
    }

    /// <summary>A channel over the Unix socket.</summary>
    public GrpcChannel Channel { get; }

    /// <summary>From the start of the process to the end of its first answered call.</summary>
    public TimeSpan ToFirstAnswer { get; }

    public int Pid => _process.Id;

    /// <summary>Starts a daemon on a directory and waits until it answers.</summary>
    /// <param name="directory">Holds its state and socket; an earlier one's may be used again.</param>
    /// <param name="arguments">Further arguments of edgeboxd.</param>
    public static async Task<Box> StartAsync(string directory, params string[] arguments)
    {
        var socket = SocketIn(directory);
        File.Delete(socket);
        var begin = Stopwatch.GetTimestamp();
        var process = Process.Start(new ProcessStartInfo(Programs.Daemon,
            ["--state", Path.Combine(directory, "state"), "--socket", socket, "--tls", "127.0.0.1:0",
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

        var channel = OpenChannel(socket);
        var appliance = new ApplianceService.ApplianceServiceClient(channel);
        while (true)
        {
            try
            {
                await appliance.GetStatusAsync(new GetStatusRequest());
                return new Box(process, channel, Stopwatch.GetElapsedTime(begin));
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

    /// <summary>Loads a model with one thread and one slot, and waits until it is ready.</summary>
    public async Task LoadAsync(string path, string name, uint context, uint threads)
    {
        var operation = await new ModelService.ModelServiceClient(Channel).LoadModelAsync(new LoadModelRequest
        {
            Path = path, Name = name, Options = new LoadOptions { ContextTokens = context, Slots = 1, Threads = threads },
        });
        operation = await new OperationService.OperationServiceClient(Channel).WaitOperationAsync(new WaitOperationRequest { Name = operation.Name });
        if (operation.State != OperationState.Succeeded)
        {
            throw new InvalidOperationException($"The model could not be loaded: {operation.Error?.Message}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        if (!_process.HasExited)
        {
            using var terminate = Process.Start("kill", ["-TERM", Pid.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            using var patience = new CancellationTokenSource(s_patience);
            await _process.WaitForExitAsync(patience.Token);
        }

        _process.Dispose();
    }

    private static GrpcChannel OpenChannel(string socket) => GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
    {
        DisposeHttpClient = true,
        MaxReceiveMessageSize = null,
        InitialReconnectBackoff = TimeSpan.FromMilliseconds(1),
        MaxReconnectBackoff = TimeSpan.FromMilliseconds(5),
        HttpHandler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation);
                    return new NetworkStream(connection, ownsSocket: true);
                }
                catch
                {
                    connection.Dispose();
                    throw;
                }
            },
        },
    });

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
