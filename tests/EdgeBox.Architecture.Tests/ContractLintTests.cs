using System.Diagnostics;
using EdgeBox.Architecture.Tests.Tree;

namespace EdgeBox.Architecture.Tests;

/// <summary>buf judges the contract: its style, and whether a client built against the locked contract still works.</summary>
public sealed class ContractLintTests
{
    [Theory]
    [InlineData("lint")]
    [InlineData("breaking")]
    public async Task Contract_JudgedByBuf_IsClean(string verb)
    {
        Assert.SkipUnless(File.Exists(Repository.PathOf("node_modules/@bufbuild/buf-linux-x64/bin/buf")), "buf is not installed: run npm ci --ignore-scripts");

        var start = new ProcessStartInfo("/bin/bash", [Repository.PathOf("scripts/proto.sh"), verb])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(process.ExitCode == 0, $"buf {verb} ended with {process.ExitCode}. If the change is an addition, run make proto-lock.\n{output}{await errors}");
    }
}
