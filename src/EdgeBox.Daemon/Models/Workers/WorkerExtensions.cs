using System.Net.Sockets;
using EdgeBox.Daemon.Hosting;
using EdgeBox.Platform.Systemd;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Models.Workers;

/// <summary>Composes what makes processes of workers, as the settings say.</summary>
internal static class WorkerExtensions
{
    public static IServiceCollection AddWorkers(this IServiceCollection services) => services
        .AddSingleton<IServiceManager>(provider => new SystemdBus(address: null, provider.GetRequiredService<TimeProvider>()))
        .AddSingleton(Starter)
        .AddSingleton<WorkerLauncher>();

    /// <summary>Workers that are units need a door, which systemd opens.</summary>
    /// <exception cref="UsageException">It did not.</exception>
    public static void CheckWorkers(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<ModelOptions>>().Value.WorkerUnits
            && app.Services.GetRequiredService<HandedSockets>().Find(WorkerDoor.SocketName) is null)
        {
            throw new UsageException(["WorkerUnits: systemd handed in no socket named 'workers'. Start the daemon as edgeboxd.service with edgeboxd-workers.socket, or leave workers its children."]);
        }
    }

    private static IWorkerStarter Starter(IServiceProvider provider)
    {
        if (!provider.GetRequiredService<IOptions<ModelOptions>>().Value.WorkerUnits)
        {
            return new ChildStarter();
        }

        var (manager, time) = (provider.GetRequiredService<IServiceManager>(), provider.GetRequiredService<TimeProvider>());
        var listening = new Socket(new SafeSocketHandle(provider.GetRequiredService<HandedSockets>().Find(WorkerDoor.SocketName)!.Value, ownsHandle: true));
        var door = new WorkerDoor(listening, manager, time, provider.GetRequiredService<ILogger<WorkerDoor>>());
        return new UnitStarter(manager, door, time, provider.GetRequiredService<ILogger<UnitStarter>>());
    }
}
