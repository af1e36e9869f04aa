namespace EdgeBox.Component.Tests.Access;

/// <summary>On the Unix socket the kernel says who calls, and groups say what that one may do.</summary>
[Trait("Tier", "component")]
public sealed class UnixSocketTests
{
    private const string Nobody = "65534";

    [Fact]
    public async Task Call_ByAUserOfNoGroup_IsAnyoneAndRefused()
    {
        SkipUnlessRoot();
        await using var box = await StartAsync();

        var who = await AsNobodyAsync(box, ["--clear-groups"], "access", "whoami");
        var status = await AsNobodyAsync(box, ["--clear-groups"], "status");

        Assert.True(who.ExitCode == 0, who.ToString());
        Assert.Equal(("uid:" + Nobody, "ROLE_ANYONE", "unix"), CallerOf(who));
        Assert.True(status.ExitCode == 4, status.ToString());
        Assert.Equal("PERMISSION_DENIED", Ctl.Document(status).GetProperty("error").GetProperty("reason").GetString());
        var record = await box.RecordAsync("call.refused", r => r.Actor == "uid:" + Nobody);
        Assert.Equal("PERMISSION_DENIED", record.Facts["reason"]);
    }

    [Theory]
    [InlineData("edgebox-client", "ROLE_CLIENT")]
    [InlineData("edgebox-operator", "ROLE_OPERATOR")]
    [InlineData("edgebox-admin", "ROLE_ADMIN")]
    public async Task Call_ByAMemberOfAGroup_HasTheGroupsRole(string group, string role)
    {
        SkipUnlessRoot();
        Assert.SkipUnless(Command.Exists("groupadd"), "skipped: there is no groupadd");
        var made = (await Command.RunAsync(["groupadd", "--system", group])).ExitCode == 0;
        try
        {
            var number = (await Command.RunAsync(["getent", "group", group])).Output.Split(':')[2];
            await using var box = await StartAsync();

            var who = await AsNobodyAsync(box, ["--groups", number], "access", "whoami");

            Assert.True(who.ExitCode == 0, who.ToString());
            Assert.Equal(("uid:" + Nobody, role, "unix"), CallerOf(who));
        }
        finally
        {
            if (made)
            {
                Assert.Equal(0, (await Command.RunAsync(["groupdel", group])).ExitCode);
            }
        }
    }

    [Fact]
    public async Task Call_ByTheUserThatTheDaemonRunsAs_IsAdmin()
    {
        await using var box = await RunningBox.StartAsync();

        var who = await Ctl.RunAsync(box, "--json", "access", "whoami");

        Assert.Equal(($"uid:{(await Command.RunAsync(["id", "-u"])).Output.Trim()}", "ROLE_ADMIN", "unix"), CallerOf(who));
    }

    private static void SkipUnlessRoot()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "skipped: only root can play another user");
        Assert.SkipUnless(Command.Exists("setpriv"), "skipped: there is no setpriv");
    }

    /// <summary>A box whose socket every user can reach, so that it is the daemon who refuses and not the file system.</summary>
    private static async Task<RunningBox> StartAsync()
    {
        var directory = TestDirectory.Make();
        File.SetUnixFileMode(directory, (UnixFileMode)0b111_101_101);
        var box = await RunningBox.StartAsync(directory: directory);
        File.SetUnixFileMode(box.SocketPath, (UnixFileMode)0b110_110_110);
        return box;
    }

    private static Task<Ran> AsNobodyAsync(RunningBox box, string[] groups, params string[] arguments) => Command.RunAsync(
    [
        "setpriv", "--reuid", Nobody, "--regid", Nobody, .. groups, "--no-new-privs",
        Product.Cli, "--endpoint", "unix:" + box.SocketPath, "--json", .. arguments,
    ], environment: new Dictionary<string, string> { ["HOME"] = "/nonexistent" });

    private static (string?, string?, string?) CallerOf(Ran who)
    {
        var caller = Ctl.Document(who);
        return (caller.GetProperty("identity").GetString(), caller.GetProperty("role").GetString(), caller.GetProperty("endpoint").GetString());
    }
}
