using EdgeBox.Cli.Commands;
using EdgeBox.Cli.Terminal;

[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

namespace EdgeBox.Cli;

/// <summary>edgeboxctl: asks an EdgeBox over gRPC and shows the answer to people or programs.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        using var shell = Shell.OfProcess();
        return await CommandTree.RunAsync(args, shell);
    }
}
