using EdgeBox.Platform.Systemd;

namespace EdgeBox.Daemon.Tests.Models.Workers;

/// <summary>A service manager that says what a test has it say, and keeps what it was asked.</summary>
internal sealed class ScriptedManager : IServiceManager
{
    public static readonly UnitState Gone = new("inactive", false, "success", 0, 0, 0);

    private readonly Lock _lock = new();
    private readonly List<string> _asked = [];

    /// <summary>What it was told to do, in order.</summary>
    public IReadOnlyList<string> Asked
    {
        get
        {
            lock (_lock)
            {
                return [.. _asked];
            }
        }
    }

    public IReadOnlyList<string> Units { get; set; } = [];

    /// <summary>Waits until it was told something, without letting the test's time pass.</summary>
    public async Task WhenAskedAsync(string what)
    {
        while (!Asked.Contains(what))
        {
            await Task.Yield();
        }
    }

    public Func<string, UnitState> Look { get; set; } = _ => Gone;

    public ServiceManagerException? Refusal { get; set; }

    public int Looks { get; private set; }

    public Task<IReadOnlyList<string>> ListAsync(string pattern, CancellationToken cancellation) => Task.FromResult(Units);

    public Task<UnitState> LookAsync(string unit, CancellationToken cancellation)
    {
        Looks++;
        return Task.FromResult(Look(unit));
    }

    public Task LimitMemoryAsync(string unit, long bytes, CancellationToken cancellation) => Note($"limit {unit} {bytes}");

    public Task StartAsync(string unit, CancellationToken cancellation) => Refusal is { } refusal ? Task.FromException(refusal) : Note($"start {unit}");

    public Task KillAsync(string unit, CancellationToken cancellation) => Note($"kill {unit}");

    public Task StopAsync(string unit, CancellationToken cancellation) => Note($"stop {unit}");

    public Task ForgetAsync(string unit, CancellationToken cancellation) => Note($"forget {unit}");

    private Task Note(string what)
    {
        lock (_lock)
        {
            _asked.Add(what);
        }

        return Task.CompletedTask;
    }
}
