namespace EdgeBox.Platform.Systemd;

/// <summary>The service manager did not do what it was asked.</summary>
/// <param name="message">What was asked, of which unit, and what it answered.</param>
/// <param name="inner">The error of the bus, if there was one.</param>
public sealed class ServiceManagerException(string message, Exception? inner = null) : IOException(message, inner);

/// <summary>What a program asks of the service manager; everything may fail with <see cref="ServiceManagerException"/>.</summary>
public interface IServiceManager
{
    /// <summary>The loaded units whose names match a pattern such as <c>name@*.service</c>.</summary>
    Task<IReadOnlyList<string>> ListAsync(string pattern, CancellationToken cancellation);

    /// <summary>Looks at a service.</summary>
    Task<UnitState> LookAsync(string unit, CancellationToken cancellation);

    /// <summary>Sets how much memory a service may take, until the machine is restarted.</summary>
    Task LimitMemoryAsync(string unit, long bytes, CancellationToken cancellation);

    /// <summary>Asks for a service to be started; it is not waited for. Refused where that would undo what is asked of another unit.</summary>
    Task StartAsync(string unit, CancellationToken cancellation);

    /// <summary>Kills every process of a service at once (SIGKILL); does nothing when there is none.</summary>
    Task KillAsync(string unit, CancellationToken cancellation);

    /// <summary>Asks for a service to be stopped; it is not waited for.</summary>
    Task StopAsync(string unit, CancellationToken cancellation);

    /// <summary>Forgets that a service failed.</summary>
    Task ForgetAsync(string unit, CancellationToken cancellation);
}
