using System.Diagnostics;
using Xunit;

namespace EdgeBox.Platform.Tests.Processes;

/// <summary>A C program that the tests compile once, next to themselves.</summary>
internal static class CProgram
{
    private static readonly Lock s_lock = new();

    /// <summary>The path of the built program; skips the test where there is no C compiler.</summary>
    public static string Build(string name, string source)
    {
        Assert.SkipUnless(HasCompiler(), "no C compiler (gcc) on this machine");
        var program = Path.Combine(AppContext.BaseDirectory, name);
        var file = program + ".c";
        lock (s_lock)
        {
            if (File.Exists(program) && File.Exists(file) && File.ReadAllText(file) == source)
            {
                return program;
            }

            File.WriteAllText(file, source);
            using var compiler = Process.Start(new ProcessStartInfo("gcc", ["-O1", "-pthread", "-o", program, file]) { RedirectStandardError = true })!;
            var errors = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            Assert.True(compiler.ExitCode == 0, errors);
        }

        return program;
    }

    private static bool HasCompiler() => File.Exists("/usr/bin/gcc");
}
