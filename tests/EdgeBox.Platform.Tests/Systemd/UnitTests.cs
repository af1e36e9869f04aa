using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace EdgeBox.Platform.Tests.Systemd;

/// <summary>The unit files, judged by systemd's own tools. That they work is for a real boot to show.</summary>
public sealed partial class UnitTests : IDisposable
{
    private const double MostExposed = 2.0;

    private readonly string _directory = Directory.CreateTempSubdirectory("units-").FullName;

    public UnitTests()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "systemd")))
        {
            // The programs are not installed on the machine that runs the tests.
            var text = File.ReadAllText(file).Replace("ExecStart=/usr/lib/edgebox/edgeboxd/edgeboxd", "ExecStart=/bin/true", StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(_directory, Path.GetFileName(file)), text);
        }
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Verify_EveryUnit_IsWithoutFault()
    {
        string[] units = [.. Directory.GetFiles(_directory, "*.service"), .. Directory.GetFiles(_directory, "*.socket")];
        Assert.Equal(6, units.Length);
        var (code, text) = await RunAsync("systemd-analyze", ["verify", "--man=no", .. units]);
        Assert.Equal([], text.Split('\n').Where(line => line.Contains("edgebox", StringComparison.Ordinal)));
        Assert.True(code == 0, text);
    }

    [Theory]
    [InlineData("edgeboxd.service")]
    [InlineData("edgebox-worker@.service")]
    public async Task Security_OfTheService_IsTwoOrBetter(string unit)
    {
        var (_, text) = await RunAsync("systemd-analyze", ["security", "--offline=yes", "--no-pager", Path.Combine(_directory, unit)]);
        var score = Overall().Match(text);
        Assert.True(score.Success, text);
        Assert.InRange(double.Parse(score.Groups[1].Value, CultureInfo.InvariantCulture), 0, MostExposed);
    }

    [Fact]
    public async Task Sysusers_AndTmpfiles_MakeUserGroupsAndDirectories()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can make users and give directories away");
        var root = Path.Combine(_directory, "root");
        Directory.CreateDirectory(Path.Combine(root, "etc"));
        var (users, userText) = await RunAsync("systemd-sysusers", [$"--root={root}", Path.Combine(_directory, "edgebox.sysusers.conf")]);
        Assert.True(users == 0, userText);
        Assert.Contains("\nedgebox:x:", "\n" + File.ReadAllText(Path.Combine(root, "etc/passwd")), StringComparison.Ordinal);
        var groups = File.ReadAllText(Path.Combine(root, "etc/group"));
        Assert.All(["edgebox-client:x:", "edgebox-operator:x:", "edgebox-admin:x:"], name => Assert.Contains(name, groups, StringComparison.Ordinal));

        var (files, fileText) = await RunAsync("systemd-tmpfiles", ["--create", $"--root={root}", Path.Combine(_directory, "edgebox.tmpfiles.conf")]);
        Assert.True(files == 0, fileText);
        Assert.True(Directory.Exists(Path.Combine(root, "run/edgebox")));
        Assert.True(Directory.Exists(Path.Combine(root, "etc/edgebox")));
    }

    private static async Task<(int Code, string Text)> RunAsync(string program, string[] arguments)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/" + program) || File.Exists("/bin/" + program), $"no {program} (Debian package systemd) on this machine");
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(Cancel);
        var errors = await process.StandardError.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, await output + errors);
    }

    [GeneratedRegex(@"Overall exposure level for \S+: ([0-9.]+)")]
    private static partial Regex Overall();
}
