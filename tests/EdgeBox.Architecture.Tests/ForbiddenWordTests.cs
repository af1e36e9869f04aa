using System.Text;
using EdgeBox.Architecture.Tests.Tree;

namespace EdgeBox.Architecture.Tests;

/// <summary>The tree speaks of itself alone: it names no machine that it was written on, and no package registry.</summary>
public sealed class ForbiddenWordTests
{
    // Put together here, so that this file passes its own test.
    private static readonly string[] s_words =
    [
        "/wo" + "rk/", "/ro" + "ot/", "/home/" + "runner",
        "registry.npm" + "js.org", "registry.yarn" + "pkg.com", "api.nu" + "get.org", "nu" + "get.org/v3", "deb.deb" + "ian.org", "py" + "pi.org",
        "\"reso" + "lved\": \"http",
    ];

    // A program that tries to break out of its sandbox names what it tries to read.
    private static readonly string[] s_attackers = ["tests/EdgeBox.HostileWorker/hostile-worker.c"];

    [Fact]
    public void Tree_EveryTextFile_NamesNoMachineAndNoRegistry() =>
        Findings.None("Take these words out:",
            from file in Repository.Files.Except(s_attackers)
            let text = ReadText(file)
            from word in s_words
            where text.Contains(word, StringComparison.OrdinalIgnoreCase)
            select $"{file}:{text[..text.IndexOf(word, StringComparison.OrdinalIgnoreCase)].Count(c => c == '\n') + 1}: {word}");

    [Fact]
    public void Tree_Counted_WasRead()
    {
        Assert.Contains("package-lock.json", Repository.Files);
        Assert.Contains("proto/edgebox/v1/errors.proto", Repository.Files);
        Assert.True(Repository.Files.Count(file => ReadText(file).Length > 0) > 60);
    }

    private static string ReadText(string file)
    {
        var bytes = File.ReadAllBytes(Repository.PathOf(file));
        return bytes.AsSpan().Contains((byte)0) ? "" : Encoding.UTF8.GetString(bytes);
    }
}
