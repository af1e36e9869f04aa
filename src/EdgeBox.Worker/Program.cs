using EdgeBox.Worker.Hosting;

namespace EdgeBox.Worker;

/// <summary>edgebox-worker: one model, in a process of its own.</summary>
internal static class Program
{
    private const int LargeBlock = 128 << 10;

    private static int Main(string[] args)
    {
        var line = CommandLine.Parse(args);
        Hardening.Apply();

        // A block as large as this is the kernel's again when it is freed. Left alone, glibc lets the size grow, and keeps more for each thread than a dry run would see.
        _ = NativeMethods.mallopt(NativeMethods.MALLOC_MMAP_THRESHOLD, LargeBlock);
        if (line is null)
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
