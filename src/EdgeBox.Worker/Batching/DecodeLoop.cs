using EdgeBox.Worker.Channel;

namespace EdgeBox.Worker.Batching;

/// <summary>The one thread that runs the engine: takes requests in between steps and alternates answers with vectors.</summary>
internal sealed class DecodeLoop(GenerationEngine? generation, EmbeddingEngine embedding, EventWriter events, Action<GenerationRequest> ended)
{
    private readonly object _gate = new();
    private readonly Queue<GenerationRequest> _waiting = [];
    private readonly Queue<EmbeddingRequest> _embeddings = [];
    private long _steps;
    private int _active;
    private bool _busy;
    private bool _woken;
    private bool _stopping;

    /// <summary>Steps since the start.</summary>
    public long Steps => Volatile.Read(ref _steps);

    /// <summary>Sequences at work.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>What makes answers; null for a model that makes vectors only.</summary>
    public GenerationEngine? Generation => generation;

    /// <summary>Whether there is work.</summary>
    public bool IsBusy => Volatile.Read(ref _busy);

    public void Add(GenerationRequest request)
    {
        lock (_gate)
        {
            _waiting.Enqueue(request);
            _woken = true;
            Monitor.Pulse(_gate);
        }
    }

    public void Add(EmbeddingRequest request)
    {
        lock (_gate)
        {
            _embeddings.Enqueue(request);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Has requests looked at again: one was cancelled, or paused, or goes on.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            _woken = true;
            Monitor.Pulse(_gate);
        }
    }

    public void Stop()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Runs until <see cref="Stop"/>.</summary>
    public void Run()
    {
        while (TakeWork())
        {
            generation?.Step();
            if (embedding.HasWork)
            {
                embedding.Step();
            }

            events.Flush();
            Volatile.Write(ref _active, generation?.Active ?? 0);
            Volatile.Write(ref _steps, _steps + 1);
        }
    }

    /// <summary>Waits for work and moves it in; false when the loop is to end.</summary>
    private bool TakeWork()
    {
        lock (_gate)
        {
            while (!_stopping && !_woken && _embeddings.Count == 0 && generation is not { HasWork: true } && !embedding.HasWork)
            {
                Volatile.Write(ref _busy, false);
                Monitor.Wait(_gate);
            }

            Volatile.Write(ref _busy, !_stopping);
            _woken = false;
            while (_embeddings.TryDequeue(out var request))
            {
                embedding.Add(request);
            }

            DropCancelled();
            // Nobody overtakes a request that waits for cells or to be alone: it would wait for ever.
            while (_waiting.TryPeek(out var request) && generation!.TryAdmit(request))
            {
                _waiting.Dequeue();
            }

            return !_stopping;
        }
    }

    /// <summary>Ends the requests that were cancelled before they had a slot.</summary>
    private void DropCancelled()
    {
        for (var i = _waiting.Count; i > 0; i--)
        {
            var request = _waiting.Dequeue();
            if (request.IsCancelled)
            {
                events.Append(Replies.Cancelled(request.Id, request.Prompt.Length));
                ended(request);
            }
            else
            {
                _waiting.Enqueue(request);
            }
        }
    }
}
