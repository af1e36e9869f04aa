using System.Diagnostics;
using Xunit;

namespace EdgeBox.Platform.Tests.Processes;

/// <summary>A C program that the tests compile once, next to themselves.</summary>
internal static class CProgram
{
    private static readonly Lock s_lock = new();

    /// <summary>The path of the program built from NAME.c beside the tests; skips the test where there is no C compiler.</summary>
    public static string Build(string name)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/gcc"), "no C compiler (gcc) on this machine");
        var program = Path.Combine(AppContext.BaseDirectory, name);
        lock (s_lock)
        {
            if (!File.Exists(program) || File.GetLastWriteTimeUtc(program) <= File.GetLastWriteTimeUtc(program + ".c"))
            {
                using var compiler = Process.Start(
                    new ProcessStartInfo("gcc", ["-O1", "-Wall", "-Werror", "-pthread", "-o", program, program + ".c"]) { RedirectStandardError = true })!;
                var errors = compiler.StandardError.ReadToEnd();
                compiler.WaitForExit();
                Assert.True(compiler.ExitCode == 0, errors);
            }
        }

        return program;
    }
}
