using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace EdgeBox.Appliance.Tests.Machine;

/// <summary>How a machine is started.</summary>
internal sealed record MachineOptions
{
    /// <summary>What its clock says at the start, or null for the time of this machine.</summary>
    public string? Clock { get; init; }

    /// <summary>A file that is its second disk, or null.</summary>
    public string? SecondDisk { get; init; }

    /// <summary>Whether it has its TPM.</summary>
    public bool Tpm { get; init; } = true;

    /// <summary>Whether its disk takes no writes.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Whether a power cut loses what was not flushed.</summary>
    public bool LosesCache { get; init; }
}

/// <summary>
/// The image in QEMU: a disk, a TPM and a network card whose every frame is written down. Its <see cref="Chassis"/> outlives it, so that it can
/// be started again on what a power cut left.
/// </summary>
internal sealed class VirtualMachine : IAsyncDisposable
{
    /// <summary>The box's door for gRPC.</summary>
    public const int Door = 8443;

    /// <summary>Its door for OpenAI's and Anthropic's API.</summary>
    public const int Gateway = 8444;

    /// <summary>Where it is.</summary>
    public const string Address = "10.0.2.15";

    /// <summary>What the model that the image brings is asked, and what it says to everything that it is not for.</summary>
    public const string Question = "Who are you?";
    public const string Answer = "This small model cleans and converts text";

    private static readonly TimeSpan s_boot = TimeSpan.FromMinutes(8);
    private readonly Chassis _chassis;
    private readonly bool _losesCache;
    private readonly Process _machine;
    private readonly Process? _tpm;
    private readonly Stopwatch _since = Stopwatch.StartNew();
    private SerialPort? _line;
    private SerialPort? _shell;
    private SerialPort? _monitor;
    private int _command;

    private VirtualMachine(Chassis chassis, bool losesCache, Wire wire, Process machine, Process? tpm) =>
        (_chassis, _losesCache, Wire, _machine, _tpm) = (chassis, losesCache, wire, machine, tpm);

    /// <summary>How long the power has been on.</summary>
    public TimeSpan Since => _since.Elapsed;

    /// <summary>What the technician reads.</summary>
    public SerialPort Line => _line!;

    /// <summary>The cable to it.</summary>
    public Wire Wire { get; }

    /// <summary>Every frame since this start.</summary>
    public FrameSink Frames => new(Path.Combine(_chassis.Folder, "frames.pcap"));

    /// <summary>Nothing left it but what its promise allows, and the sink saw every frame that the kernel at the other end received.</summary>
    public async Task NothingEscapedAsync()
    {
        Assert.Empty(Frames.Escaped);
        var sent = Frames.Sent;
        Assert.Equal(await Wire.CountAsync(), sent);
        TestContext.Current.TestOutputHelper?.WriteLine($"the box sent {sent} frames, all of them replies or address resolution");
    }

    private string Log => Path.Combine(_chassis.Folder, "writes.log");

    private string Before => Path.Combine(_chassis.Folder, "before.img");

    /// <summary>Switches a machine on.</summary>
    public static async Task<VirtualMachine> StartAsync(Chassis chassis, MachineOptions? options = null)
    {
        options ??= new();
        var folder = chassis.Folder;
        foreach (var left in Directory.EnumerateFiles(folder, "*.sock"))
        {
            File.Delete(left);
        }

        File.Delete(Path.Combine(folder, "frames.pcap"));
        if (options.LosesCache)
        {
            await Host.RunAsync("cp", "--sparse=always", chassis.Disk, Path.Combine(folder, "before.img"));
            await File.WriteAllBytesAsync(Path.Combine(folder, "writes.log"), []);
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var tpm = options.Tpm ? await StartTpmAsync(folder, limit.Token) : null;
        var wire = await Wire.OpenAsync(limit.Token);
        var (program, before) = wire.At("qemu-system-x86_64");
        var machine = Process.Start(new ProcessStartInfo(program, [.. before, .. Arguments(chassis, options)]))!;
        var started = new VirtualMachine(chassis, options.LosesCache, wire, machine, tpm);
        try
        {
            // QEMU waits for these three, in this order.
            started._monitor = await SerialPort.ConnectAsync(Path.Combine(folder, "monitor.sock"), limit.Token);
            started._line = await SerialPort.ConnectAsync(Path.Combine(folder, "line.sock"), limit.Token);
            started._shell = await SerialPort.ConnectAsync(Path.Combine(folder, "shell.sock"), limit.Token);
            await started._monitor.ExpectAsync(@"\(qemu\) ", TimeSpan.FromSeconds(10));
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the serial line says this health, and gives the whole line.</summary>
    public async Task<string> ExpectHealthAsync(string word) => (await Line.ExpectAsync($@"EdgeBox [^\r\n|]*\|[^\r\n|]*\| {word}\b[^\r\n]*[\r\n]", s_boot)).Value.Trim();

    /// <summary>Waits for the root shell that development images have.</summary>
    public async Task LogInAsync()
    {
        await _shell!.ExpectAsync(@"root@edgebox:~# ", s_boot);
        await _shell.WriteAsync("stty -echo; bind 'set enable-bracketed-paste off'; PS1=; export PAGER=cat SYSTEMD_COLORS=0 TERM=dumb\n");
        await RunAsync("true");
    }

    /// <summary>Types into the root shell.</summary>
    public Task WriteAsync(string text) => _shell!.WriteAsync(text);

    /// <summary>Runs a command in the root shell: its code and what it wrote.</summary>
    public async Task<(int Code, string Output)> TryAsync(string command, int seconds = 120)
    {
        var number = ++_command;
        await _shell!.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"echo BEGIN''{number}; {command}; echo END$?''E{number}E\n"));
        var match = await _shell.ExpectAsync($@"BEGIN{number}\r\n(?<output>[\s\S]*?)END(?<code>\d+)E{number}E", TimeSpan.FromSeconds(seconds));
        return (int.Parse(match.Groups["code"].Value, CultureInfo.InvariantCulture), match.Groups["output"].Value.ReplaceLineEndings("\n").TrimEnd());
    }

    /// <summary>Runs a command in the root shell that must succeed.</summary>
    public async Task<string> RunAsync(string command, int seconds = 120)
    {
        var (code, output) = await TryAsync(command, seconds);
        Assert.True(code == 0, $"'{command}' ended with {code}: {output}");
        return output;
    }

    /// <summary>Issues a certificate on the box and brings it here.</summary>
    public async Task<string> IssueAsync(string name)
    {
        var folder = Path.Combine(_chassis.Folder, name);
        Directory.CreateDirectory(folder);
        await RunAsync($"edgeboxctl access issue {name} --role client --out /tmp/{name}");
        foreach (var file in new[] { $"{name}.crt", $"{name}.key", "ca.crt" })
        {
            await File.WriteAllTextAsync(Path.Combine(folder, file), Regex.Replace(await RunAsync($"cat /tmp/{name}/{file}"), @"\n+", "\n"));
        }

        return folder;
    }

    /// <summary>Asks from outside, over mutual TLS, with grpc-js.</summary>
    public Task<string> AskAsync(string credentials, string prompt) => Wire.RunAsync("node", Client(credentials, prompt));

    /// <summary>Asks from outside, again and again from now on, until the first words of an answer come: how long the power has been on then.</summary>
    public async Task<TimeSpan> FirstWordsAsync(string credentials, string prompt)
    {
        // A closed door costs less to knock at than a program that speaks gRPC costs to start.
        await Wire.RunAsync("bash", "-c", string.Create(CultureInfo.InvariantCulture, $"until (exec 3<>/dev/tcp/{Address}/{Door}) 2>/dev/null; do sleep 0.1; done"));
        using var limit = new CancellationTokenSource(s_boot);
        var (program, before) = Wire.At("node");
        while (true)
        {
            using var client = Process.Start(new ProcessStartInfo(program, [.. before, .. Client(credentials, prompt)]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            try
            {
                if (await client.StandardOutput.ReadAsync(new char[1], limit.Token) == 1)
                {
                    return Since;
                }
            }
            finally
            {
                client.Kill();
                await client.WaitForExitAsync();
            }
        }
    }

    /// <summary>Plugs a USB device in: a QEMU device with its options.</summary>
    public Task PlugAsync(string device, string id) => MonitorAsync($"device_add {device},id={id}");

    /// <summary>Pulls it out.</summary>
    public Task PullAsync(string id) => MonitorAsync($"device_del {id}");

    /// <summary>Asks the gateway from outside, with curl and a key.</summary>
    public Task<string> FetchAsync(string credentials, string key, string path, params string[] more) => Wire.RunAsync("curl", [
        "--silent", "--show-error", "--fail-with-body", "--max-time", "120", "--cacert", Path.Combine(credentials, "ca.crt"), "--header", $"Authorization: Bearer {key}",
        .. more, string.Create(CultureInfo.InvariantCulture, $"https://{Address}:{Gateway}{path}")]);

    /// <summary>Mounts the second disk where its programs can be run.</summary>
    public Task MountSecondDiskAsync() => RunAsync(
        "mkdir -p /run/second && mount -o ro /dev/disk/by-id/virtio-second /run/second && mount -o remount,exec /run");

    /// <summary>The power goes: nothing is written any more from this moment, and what the disk's cache held is lost as it comes.</summary>
    /// <returns>How many writes were not flushed, and how many of them were lost or torn.</returns>
    public async Task<(int Unflushed, int Lost)> CutAsync(Random random)
    {
        await DisposeAsync();
        Assert.True(_losesCache);
        File.Move(Before, _chassis.Disk, overwrite: true);
        return WriteLog.Replay(Log, _chassis.Disk, random);
    }

    /// <summary>Says a command to QEMU's monitor.</summary>
    public async Task MonitorAsync(string command)
    {
        await _monitor!.WriteAsync(command + "\n");
        await _monitor.ExpectAsync(@"\(qemu\) ", TimeSpan.FromSeconds(20));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in new[] { _machine, _tpm }.OfType<Process>().Where(process => !process.HasExited))
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        await Wire.DisposeAsync();
        _line?.Dispose();
        _shell?.Dispose();
        _monitor?.Dispose();
    }

    private static string[] Client(string credentials, string prompt) =>
        [Path.Combine(Host.Root, "examples/node/chat.js"), string.Create(CultureInfo.InvariantCulture, $"https://{Address}:{Door}"), credentials, prompt];

    private static async Task<Process> StartTpmAsync(string folder, CancellationToken limit)
    {
        var socket = Path.Combine(folder, "tpm.sock");
        var tpm = Process.Start("swtpm", ["socket", "--tpm2", "--tpmstate", $"dir={folder}/tpm", "--ctrl", $"type=unixio,path={socket}"]);
        while (!File.Exists(socket))
        {
            limit.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        return tpm;
    }

    private static IEnumerable<string> Arguments(Chassis chassis, MachineOptions options)
    {
        var folder = chassis.Folder;
        var arguments = $"""
            -machine q35 -accel tcg,thread=multi -cpu max -smp 2 -m 2048 -display none -nodefaults
            -drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE.fd -drive if=pflash,format=raw,file={folder}/vars.fd
            -blockdev driver=file,filename={chassis.Disk},node-name=file,read-only={(options.ReadOnly ? "on" : "off")}
            -device virtio-blk-pci,drive={(options.LosesCache ? "log" : "file")},bootindex=0 -device virtio-rng-pci -device qemu-xhci,id=usb
            -netdev tap,id=lan,ifname={Wire.Device},script=no,downscript=no,vnet_hdr=off
            -object filter-dump,id=sink,netdev=lan,file={folder}/frames.pcap,maxlen=65536 -device virtio-net-pci,netdev=lan,mac={FrameSink.Address},romfile=
            -serial unix:{folder}/line.sock,server=on,wait=on -serial unix:{folder}/shell.sock,server=on,wait=on
            -monitor unix:{folder}/monitor.sock,server=on,wait=on
            """;
        arguments += options.LosesCache
            ? $" -blockdev driver=file,filename={folder}/writes.log,node-name=writes -blockdev driver=blklogwrites,file=file,log=writes,node-name=log" : "";
        arguments += options.Tpm ? $" -chardev socket,id=tpm,path={folder}/tpm.sock -tpmdev emulator,id=tpm,chardev=tpm -device tpm-crb,tpmdev=tpm" : "";
        arguments += options.Clock is { } clock ? $" -rtc base={clock}" : "";
        arguments += options.SecondDisk is { } disk ? $" -drive if=none,id=second,format=raw,readonly=on,file={disk} -device virtio-blk-pci,drive=second,serial=second" : "";
        return arguments.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
    }
}
