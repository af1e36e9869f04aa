using System.Collections.Concurrent;
using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Component.Tests.Aliases;

/// <summary>Clients that ask an alias again and again, each as soon as it has its answer, and note every one.</summary>
internal sealed class AskingClients : IAsyncDisposable
{
    private readonly CancellationTokenSource _enough = new();
    private readonly ConcurrentQueue<(int Client, string Model, string Text, FinishReason Reason)> _answers = [];
    private readonly ConcurrentQueue<string> _failures = [];
    private readonly Task[] _clients;

    public AskingClients(RunningBox box, int count, string alias = "") =>
        _clients = [.. Enumerable.Range(0, count).Select(client => Task.Run(() => AskAsync(box.Inference, client, alias)))];

    /// <summary>What went wrong, in words.</summary>
    public IEnumerable<string> Failures => _failures;

    /// <summary>Who answered what.</summary>
    public IReadOnlyList<(int Client, string Model, string Text, FinishReason Reason)> Answers => [.. _answers];

    /// <summary>Returns when every client has had an answer of a model.</summary>
    public Task HeardAsync(string model) => Eventually.TrueAsync($"every client hears {model}", () => Task.FromResult(
        _answers.Where(answer => answer.Model == model).Select(answer => answer.Client).Distinct().Count() == _clients.Length), TimeSpan.FromSeconds(30));

    /// <summary>Has every client end after the answer that it is at.</summary>
    public async Task EndAsync()
    {
        await _enough.CancelAsync();
        await Task.WhenAll(_clients);
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _enough.Dispose();
    }

    private async Task AskAsync(InferenceService.InferenceServiceClient inference, int client, string alias)
    {
        for (var round = 0; !_enough.IsCancellationRequested; round++)
        {
            var (model, text, reason) = ("", new StringBuilder(), FinishReason.Unspecified);
            try
            {
                using var call = inference.Chat(BoxExtensions.Question(alias, $"{client}, {round}: who are you?"), deadline: BoxExtensions.Deadline);
                await foreach (var said in call.ResponseStream.ReadAllAsync())
                {
                    model = said.Started?.Model ?? model;
                    text.Append(said.Delta?.Text ?? "");
                    reason = said.Finished?.Reason ?? reason;
                }

                _answers.Enqueue((client, model, text.ToString(), reason));
            }
            catch (RpcException failure)
            {
                _failures.Enqueue($"client {client}, round {round}, after \"{text}\" of {model}: {failure.Status}");
                return;
            }
        }
    }
}
