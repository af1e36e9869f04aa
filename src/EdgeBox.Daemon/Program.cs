using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Hosting;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Models.Workers;
using EdgeBox.Platform.Processes;

namespace EdgeBox.Daemon;

/// <summary>The process: arguments in, an exit code out.</summary>
internal static class Program
{
    private const int Done = 0;
    private const int Defect = 1;
    private const int BadUsage = 2;

    private static async Task<int> Main(string[] args)
    {
        if (args.Contains("--help") || args.Contains("-h"))
        {
            Console.Out.Write(CommandLine.Help);
            return Done;
        }

        if (args.Contains("--version"))
        {
            Console.Out.WriteLine($"edgeboxd {ReleaseVersion.Text}");
            return Done;
        }

        if (args is ["inspect", .. var files])
        {
            return ModelInspection.Run(files);
        }

        if (args is ["worker", .. var work])
        {
            return WorkerEntry.Run(work);
        }

        // Prompts and answers are in memory; a crash must not write them to a disk.
        CoreFiles.Forbid();
        try
        {
            await using var app = Appliance.Build(args);
            await app.StartAsync();
            await app.WaitForShutdownAsync();
            return app.Services.GetServices<IHostedService>().OfType<BackgroundService>().Any(s => s.ExecuteTask?.IsFaulted == true) ? Defect : Done;
        }
        catch (UsageException exception)
        {
            foreach (var fault in exception.Faults)
            {
                await Console.Error.WriteLineAsync($"edgeboxd: {fault}");
            }

            return BadUsage;
        }
        catch (Exception exception) when (exception is FailureException or IOException)
        {
            await Console.Error.WriteLineAsync($"edgeboxd: {exception.Message}");
            return Defect;
        }
    }
}
