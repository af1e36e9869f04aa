using System.Net.Sockets;
using System.Text;
using EdgeBox.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace EdgeBox.Testing.Judging;

/// <summary>What a box made of a case.</summary>
/// <param name="Case">The case.</param>
/// <param name="Text">The answer.</param>
/// <param name="Passed">Whether the checks of the task passed; true without checks.</param>
/// <param name="Tokens">Tokens that were made.</param>
public sealed record Judged(HeldOutCase Case, string Text, bool Passed, int Tokens)
{
    /// <summary>Whether it is the reference, letter by letter.</summary>
    public bool IsExact => Errors == 0;

    /// <summary>Characters to put right still.</summary>
    public int Errors { get; } = TextScores.Errors(Text, Case.Wanted);

    /// <summary>Characters that were to be put right.</summary>
    public int ErrorsBefore { get; } = TextScores.Errors(Case.Given, Case.Wanted);
}

/// <summary>Asks a box by its Unix socket.</summary>
public sealed class BoxClient : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly SocketsHttpHandler _handler;
    private readonly InferenceService.InferenceServiceClient _inference;

    /// <param name="socket">The socket's path.</param>
    public BoxClient(string socket)
    {
        _handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, cancellation) =>
            {
                var made = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await made.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation);
                return new NetworkStream(made, ownsSocket: true);
            },
        };
        _channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = _handler });
        _inference = new InferenceService.InferenceServiceClient(_channel);
    }

    /// <summary>How often the model may try to pass the checks of the task; 0: as often as the box has it.</summary>
    public uint Attempts { get; init; } = 1;

    /// <summary>The answer to a case.</summary>
    public async Task<Judged> AskAsync(HeldOutCase one, CancellationToken cancellation = default)
    {
        var request = new ChatRequest { Attempts = Attempts, Messages = { new ChatMessage { Role = ChatRole.User, Parts = { new ContentPart { Text = one.Given } } } } };
        if (one.Task.Length > 0)
        {
            request.Task = new TaskChoice { Name = one.Task, Parameters = { one.Parameters.ToDictionary() } };
        }
        else
        {
            request.Attempts = 0;
            request.Sampling = new SamplingOptions { Temperature = 0 };
        }

        using var call = _inference.Chat(request, cancellationToken: cancellation);
        var (text, passed, tokens) = (new StringBuilder(), true, 0);
        await foreach (var said in call.ResponseStream.ReadAllAsync(cancellation))
        {
            if (said.Delta is { Channel: Channel.Answer } delta)
            {
                text.Append(delta.Text);
            }

            if (said.Finished is { } finished)
            {
                passed = finished.Verification?.Verdicts.All(v => v.Passed) ?? true;
                tokens = (int)finished.Usage.CompletionTokens;
            }
        }

        return new Judged(one, text.ToString(), passed, tokens);
    }

    /// <summary>The answers to many cases, some at once, in the order of the cases.</summary>
    public async Task<IReadOnlyList<Judged>> AskAllAsync(IReadOnlyList<HeldOutCase> cases, int atOnce)
    {
        var judged = new Judged[cases.Count];
        await Parallel.ForAsync(0, cases.Count, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (i, cancellation) => judged[i] = await AskAsync(cases[i], cancellation));
        return judged;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _channel.Dispose();
        _handler.Dispose();
    }
}
