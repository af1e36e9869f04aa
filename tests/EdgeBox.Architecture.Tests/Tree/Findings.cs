namespace EdgeBox.Architecture.Tests.Tree;

/// <summary>Says everything that a rule found, at once.</summary>
internal static class Findings
{
    /// <summary>Fails with all findings, one a line, under a sentence that tells what to do.</summary>
    public static void None(string rule, IEnumerable<string> findings)
    {
        var all = findings.ToList();
        Assert.True(all.Count == 0, $"{rule}\n  {string.Join("\n  ", all)}");
    }
}
