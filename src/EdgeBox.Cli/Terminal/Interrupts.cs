using System.Runtime.InteropServices;

namespace EdgeBox.Cli.Terminal;

/// <summary>Turns the first Ctrl-C into a cancellation and leaves the second to the system, which ends the program.</summary>
internal sealed class Interrupts : IDisposable
{
    private readonly PosixSignalRegistration? _interrupt;
    private readonly PosixSignalRegistration? _terminate;
    private CancellationTokenSource _source = new();

    public Interrupts(bool takesSignals)
    {
        if (takesSignals)
        {
            _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
            _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        }
    }

    /// <summary>Cancelled by the first Ctrl-C since the program started or <see cref="Renew"/> was called.</summary>
    public CancellationToken Token => Volatile.Read(ref _source).Token;

    /// <summary>Makes the next Ctrl-C the first again.</summary>
    public void Renew()
    {
        if (_source.IsCancellationRequested)
        {
            Interlocked.Exchange(ref _source, new CancellationTokenSource()).Dispose();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _interrupt?.Dispose();
        _terminate?.Dispose();
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        var source = Volatile.Read(ref _source);
        if (source.IsCancellationRequested)
        {
            return;
        }
        context.Cancel = true;
        source.Cancel();
    }
}
