namespace EdgeBox.Benchmarks.Clients;

/// <summary>A server that answers requests.</summary>
internal interface IAsked : IDisposable
{
    /// <summary>Opens connections, so that none is opened within a measurement.</summary>
    Task WarmUpAsync(int connections);

    /// <summary>Makes a request and notes what comes and when.</summary>
    Task AskAsync(Ask ask, Answer answer, CancellationToken cancellation);
}
