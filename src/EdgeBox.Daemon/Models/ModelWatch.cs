using System.Runtime.CompilerServices;
using System.Threading.Channels;
using EdgeBox.V1;
using Channel = System.Threading.Channels.Channel;

namespace EdgeBox.Daemon.Models;

/// <summary>What one watcher has not read yet: of each model every state that it went through, in order, and of each state only how it was last.</summary>
/// <param name="only">"models/NAME", or null for all.</param>
internal sealed class ModelWatch(string? only)
{
    /// <summary>States of one model that a slow watcher may be behind; then the oldest is lost.</summary>
    public const int MostOfOne = 64;

    /// <summary>How long changes gather before they are told together.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    private List<Model> _unread = [];

    /// <summary>Takes note of a model as it is now.</summary>
    public void Put(Model now)
    {
        if (only is not null && now.Name != only)
        {
            return;
        }

        lock (_gate)
        {
            var last = _unread.FindLastIndex(model => model.Name == now.Name);
            if (last >= 0 && _unread[last].State == now.State)
            {
                _unread[last] = now;
            }
            else
            {
                _unread.Add(now);
                if (_unread.Count(model => model.Name == now.Name) > MostOfOne)
                {
                    _unread.RemoveAt(_unread.FindIndex(model => model.Name == now.Name));
                }
            }
        }

        _news.Writer.TryWrite(true);
    }

    /// <summary>What is new, for ever; of one model until it is absent.</summary>
    public async IAsyncEnumerable<Model> ReadAsync(TimeProvider time, [EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
        {
            await _news.Reader.ReadAsync(cancellation);
            foreach (var model in Take())
            {
                yield return model;
                if (only is not null && model.State == ModelState.Absent)
                {
                    yield break;
                }
            }

            await Task.Delay(Pause, time, cancellation);
        }
    }

    private List<Model> Take()
    {
        lock (_gate)
        {
            var taken = _unread;
            _unread = [];
            return taken;
        }
    }
}
