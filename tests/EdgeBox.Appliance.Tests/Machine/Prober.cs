using System.Globalization;
using System.Text.Json;

namespace EdgeBox.Appliance.Tests.Machine;

/// <summary>Has those who may be hostile try everything that might leave the box, and asks the sink after each.</summary>
internal sealed class Prober(VirtualMachine box)
{
    private const int Attempts = 29;
    private const string AsDaemon = "setpriv --reuid=edgebox --regid=edgebox --clear-groups";
    private const string WhereDaemonLives = "nsenter -t $(systemctl show -P MainPID edgeboxd) -n";

    /// <summary>Root and the daemon's user, where programs live and where the daemon lives, and a worker that was taken over.</summary>
    public async Task EverybodyTriesAsync(string when)
    {
        await TryAsync($"root {when}", "");
        await TryAsync($"the daemon's user {when}", AsDaemon);
        await TryAsync($"root where the daemon lives, {when}", WhereDaemonLives);
        await TryAsync($"the daemon's user where it lives, {when}", $"{WhereDaemonLives} {AsDaemon}");
        await WorkerTriesAsync($"a worker that was taken over, {when}");
    }

    /// <summary>One tries everything.</summary>
    public async Task<Dictionary<string, int>> TryAsync(string who, string with) => Judge(who, await box.RunAsync($"{with} /run/second/probe", 300));

    /// <summary>A worker that was taken over tries everything that might leave the box.</summary>
    public async Task WorkerTriesAsync(string who)
    {
        var attempts = Judge(who, await InPlaceOfWorkerAsync("worker"));
        Assert.Equal([], attempts.Where(attempt => attempt.Value == 0).Select(attempt => attempt.Key));
    }

    /// <summary>The daemon starts a program of the second disk where the worker's is, bound as it binds its worker; what that wrote.</summary>
    public async Task<string> InPlaceOfWorkerAsync(string program)
    {
        const string Worker = "/usr/lib/edgebox/edgebox-worker/edgebox-worker";
        await box.RunAsync($"mount --bind /run/second/{program} {Worker}");
        var (code, told) = await box.TryAsync("edgeboxctl --json model load $(ls /usr/share/edgebox/default-model/files/*.gguf) --name hostile", 300);
        await box.RunAsync($"umount {Worker}; edgeboxctl model unload hostile >/dev/null 2>&1; true");
        Assert.NotEqual(0, code);
        var error = JsonSerializer.Deserialize<JsonElement>(told[told.IndexOf('{', StringComparison.Ordinal)..]).GetProperty("error");
        return error.GetProperty("details")[0].GetProperty("metadata").GetProperty("stderr").GetString()!;
    }

    /// <summary>Who broke out to where the interfaces are meets the second wall, and its counters show that it was on the way.</summary>
    public async Task WallDropsAsync(string who)
    {
        var before = await DroppedAsync();
        await TryAsync(who, "ip netns exec lan");
        var dropped = await DroppedAsync() - before;
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{who}: the rules dropped {dropped} packets"));
        Assert.True(dropped >= 10, "The rules did not see what was sent.");
    }

    private Dictionary<string, int> Judge(string who, string told)
    {
        var attempts = told.Split('\n').Select(line => line.Trim().Split(' ')).Where(words => words.Length == 2 && int.TryParse(words[1], CultureInfo.InvariantCulture, out _))
            .ToDictionary(words => words[0], words => int.Parse(words[1], CultureInfo.InvariantCulture));
        TestContext.Current.TestOutputHelper?.WriteLine($"{who}: {string.Join(",", attempts.Select(attempt => $"{attempt.Key} {attempt.Value}"))}");
        Assert.True(attempts.Count == Attempts, $"{who}: the probe ended early: {told}");
        Assert.True(box.Frames.Escaped.Count == 0, $"{who}: {string.Join("; ", box.Frames.Escaped)}");
        return attempts;
    }

    private async Task<long> DroppedAsync() => (await box.RunAsync("ip netns exec lan nft list ruleset | sed -n 's/.*counter packets \\([0-9]*\\) .* drop/\\1/p'"))
        .Split('\n').Sum(line => long.Parse(line, CultureInfo.InvariantCulture));
}
