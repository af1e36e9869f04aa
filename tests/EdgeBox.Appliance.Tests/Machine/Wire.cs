using System.Diagnostics;
using System.Globalization;

namespace EdgeBox.Appliance.Tests.Machine;

/// <summary>
/// The cable between the box and whoever speaks to it: a tap device in a network namespace of its own, with an address at its end and nothing else.
/// It needs no rights: in a user namespace of its own everybody may make one. It goes when its holder does.
/// </summary>
internal sealed class Wire : IAsyncDisposable
{
    /// <summary>The device.</summary>
    public const string Device = "wire";

    /// <summary>The one at the other end, who answers as any machine would.</summary>
    public const string Peer = "10.0.2.2";

    /// <summary>What its frames come from, and no other's.</summary>
    public const string HardwareAddress = "02:eb:00:00:00:02";

    private const string Make = $"""
        ip tuntap add dev {Device} mode tap
        ip link set {Device} address {HardwareAddress}
        ip address add {Peer}/24 dev {Device}
        ip -6 address add fec0::2/64 dev {Device} nodad
        ip link set lo up
        ip link set {Device} up
        echo ready
        exec cat
        """;

    private readonly Process _holder;
    private bool _closed;

    private Wire(Process holder) => _holder = holder;

    public static async Task<Wire> OpenAsync(CancellationToken limit)
    {
        // It lives for as long as its input is open, which ends with this process at the latest.
        var wire = new Wire(Process.Start(new ProcessStartInfo("unshare", ["--user", "--map-root-user", "--net", "sh", "-eu", "-c", Make])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!);
        try
        {
            Assert.SkipUnless(
                await wire._holder.StandardOutput.ReadLineAsync(limit) == "ready",
                "skipped: no network namespace with a tap device could be made here: is there a /dev/net/tun, and are user namespaces allowed?");
            return wire;
        }
        catch
        {
            await wire.DisposeAsync();
            throw;
        }
    }

    /// <summary>How a program is run at this end of the wire: the program, and what comes before its own arguments.</summary>
    public (string Program, string[] Arguments) At(string program) => ("nsenter",
        ["--user", "--net", "--preserve-credentials", "--target", _holder.Id.ToString(CultureInfo.InvariantCulture), "--", program]);

    /// <summary>Runs a program at this end of the wire to its end.</summary>
    public Task<string> RunAsync(string program, params string[] arguments)
    {
        var (first, before) = At(program);
        return Host.RunAsync(first, [.. before, .. arguments]);
    }

    /// <summary>How many frames the kernel has received from the box.</summary>
    public async Task<long> CountAsync()
    {
        var devices = await RunAsync("cat", "/proc/net/dev");
        var line = devices.Split('\n').Single(entry => entry.TrimStart().StartsWith($"{Device}:", StringComparison.Ordinal));
        return long.Parse(line.Split(':')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        _holder.StandardInput.Close();
        if (!_holder.HasExited)
        {
            _holder.Kill();
        }

        await _holder.WaitForExitAsync();
        _holder.Dispose();
    }
}
