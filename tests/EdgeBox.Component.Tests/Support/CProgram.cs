namespace EdgeBox.Component.Tests.Support;

/// <summary>Compiles small C programs and libraries that stand in for a part of the machine.</summary>
internal static class CProgram
{
    /// <summary>Compiles a source file, or skips the test where there is no compiler.</summary>
    /// <param name="source">Text of the program.</param>
    /// <param name="program">Where to put it.</param>
    /// <param name="flags">Further arguments of the compiler.</param>
    public static async Task CompileAsync(string source, string program, params string[] flags)
    {
        Assert.SkipUnless(Command.Exists("gcc"), "skipped: no gcc here to compile what stands in for a part of the machine");
        var text = program + ".c";
        await File.WriteAllTextAsync(text, source);
        var ran = await Command.RunAsync(["gcc", "-O1", "-pthread", "-o", program, text, .. flags]);
        Assert.True(ran.ExitCode == 0, ran.Error);
    }
}
