using System.Collections.Concurrent;
using System.Globalization;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Models.Aliases;

/// <summary>Where requests wait while the model that they mean makes place for another one: after that they are told anew which one they mean.</summary>
internal sealed class SwapGates(IOptions<ModelOptions> options)
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<ModelName, Gate> _gates = [];

    /// <summary>Lets nobody pass to a model until what is returned is disposed of.</summary>
    /// <remarks>One swap at a time: whoever closes a gate has that turn.</remarks>
    public IDisposable Close(ModelName model) => _gates[model] = new Gate(model, this);

    /// <summary>Returns at once if a model can be asked, with true; else when it was worth waiting, with false.</summary>
    /// <exception cref="FailureException">QUEUE_FULL: as many wait already as may.</exception>
    public async ValueTask<bool> PassAsync(ModelName model, string identity, CancellationToken cancellation)
    {
        if (!_gates.TryGetValue(model, out var gate))
        {
            return true;
        }

        var own = gate.Enter(identity, options.Value);
        try
        {
            await gate.Opened.WaitAsync(cancellation);
            return false;
        }
        finally
        {
            gate.Leave(own);
        }
    }

    /// <summary>The line before one model.</summary>
    private sealed class Gate(ModelName model, SwapGates gates) : IDisposable
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<string, int> _waiting = [];
        private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Opened => _opened.Task;

        public string Enter(string identity, ModelOptions limits)
        {
            lock (_lock)
            {
                var (all, own) = (_waiting.Values.Sum(), _waiting.GetValueOrDefault(identity));
                if (all >= limits.MaxWaiting || own >= limits.MaxWaitingPerIdentity)
                {
                    var (scope, queued, limit) = all >= limits.MaxWaiting ? ("model", all, limits.MaxWaiting) : ("identity", own, limits.MaxWaitingPerIdentity);
                    throw new FailureException(ErrorReason.QueueFull,
                        string.Create(CultureInfo.InvariantCulture, $"Another model takes the place of {model}, and {queued} requests wait for that already, as many as may. Try again in {s_retry.TotalSeconds:0} seconds."),
                        ("queued", queued.ToString(CultureInfo.InvariantCulture)), ("limit", limit.ToString(CultureInfo.InvariantCulture)), ("scope", scope)) { RetryAfter = s_retry };
                }

                _waiting[identity] = own + 1;
                return identity;
            }
        }

        public void Leave(string identity)
        {
            lock (_lock)
            {
                _waiting[identity]--;
            }
        }

        public void Dispose()
        {
            gates._gates.TryRemove(new KeyValuePair<ModelName, Gate>(model, this));
            _opened.TrySetResult();
        }
    }
}
