using System.Diagnostics;
using EdgeBox.Platform.Nvml;
using Xunit;

namespace EdgeBox.Platform.Tests.Nvml;

public sealed class NvidiaGpusTests
{
    [Fact]
    public void Open_LibraryIsNotThere_IsNothing() => Assert.Null(NvidiaGpus.TryOpen("/nonexistent/libnvidia-ml.so.1"));

    [Fact]
    public void Open_OneThatCountsItsEnergyAndOneThatDoesNot_TellsBothNamesAndOneSum()
    {
        using var gpus = NvidiaGpus.TryOpen(Library());
        Assert.NotNull(gpus);
        Assert.Equal(["NVIDIA A100-SXM4-80GB", "Tesla K80"], gpus.Names);
        Assert.Equal((1000ul, 3500ul), (gpus.TotalMillijoules, gpus.TotalMillijoules));
        gpus.Dispose();
        Assert.Null(gpus.TotalMillijoules);
    }

    /// <summary>A library of the same interface under the same name, built once; where the real one is, nothing is put in its place.</summary>
    private static string Library()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/gcc"), "no C compiler (gcc) on this machine");
        Assert.SkipWhen(File.Exists("/dev/nvidiactl"), "this machine has the real library");
        var library = Path.Combine(AppContext.BaseDirectory, "libnvidia-ml.so.1");
        using var compiler = Process.Start(new ProcessStartInfo(
            "gcc", ["-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-Wl,-soname,libnvidia-ml.so.1", "-o", library, Path.Combine(AppContext.BaseDirectory, "Nvml", "nvml.c")])
        { RedirectStandardError = true })!;
        var errors = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        Assert.True(compiler.ExitCode == 0, errors);
        return library;
    }
}
