using EdgeBox.Worker.Hosting;

namespace EdgeBox.Worker;

/// <summary>edgebox-worker: one model, in a process of its own.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        Hardening.Apply();
        if (CommandLine.Parse(args) is not { } line)
        {
            Console.Error.WriteLine(CommandLine.Usage);
            return ExitCode.Usage;
        }

        try
        {
            var session = new WorkerSession(new DescriptorStream(line.Channel), line.Packs, TimeProvider.System, NativeMethods._exit);
            Leave(session.Run());
        }
        catch (IOException)
        {
            // The daemon is gone.
            Leave(ExitCode.ChannelClosed);
        }

        return ExitCode.ChannelClosed;
    }

    /// <summary>Ends the process without waiting for the threads of the engine or of the runtime.</summary>
    private static void Leave(int code) => NativeMethods._exit(code);
}
