using System.Globalization;

namespace EdgeBox.Daemon.Hosting;

/// <summary>What kind of value a setting takes.</summary>
internal enum SettingKind
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>A path; on the command line it may be relative to the working directory.</summary>
    Path,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>A span of time, HH:MM:SS.</summary>
    Time,

    /// <summary>true or false.</summary>
    Switch,

    /// <summary>Several texts: the flag may be given again and again, the file holds an array.</summary>
    Texts,
}

/// <summary>One thing that can be set, in the file and on the command line alike.</summary>
/// <param name="Key">Section and property, e.g. <c>Endpoints:UnixSocket</c>.</param>
/// <param name="Flag">The flag, e.g. <c>--socket</c>.</param>
/// <param name="Kind">What it takes.</param>
/// <param name="Value">What help calls its value, e.g. <c>PATH</c>.</param>
/// <param name="Help">One line for help.</param>
internal sealed record Setting(string Key, string Flag, SettingKind Kind, string Value, string Help)
{
    /// <summary>Every setting. To add one: a property with its range in the feature's options class, and a line here.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        new("Hosting:StateDirectory", "--state", SettingKind.Path, "DIR", "where all state is kept (default /var/lib/edgebox)"),
        new("Hosting:DrainTimeout", "--drain", SettingKind.Time, "HH:MM:SS", "how long calls may go on after a stop was asked for (default 00:00:20)"),
        new("Endpoints:UnixSocket", "--socket", SettingKind.Path, "PATH", "the Unix socket (default /run/edgebox/edgeboxd.sock)"),
        new("Endpoints:TlsListen", "--tls", SettingKind.Text, "ADDR:PORT", "the mutual-TLS endpoint, or 'off' (default 0.0.0.0:8443)"),
        new("Endpoints:GatewayListen", "--gateway", SettingKind.Text, "ADDR:PORT", "the gateway for OpenAI and Anthropic clients, or 'off' (default 0.0.0.0:8444)"),
        new("Endpoints:PlainGatewayListen", "--gateway-http", SettingKind.Text, "ADDR:PORT", "the same without TLS, for this machine, or 'off' (default off)"),
        new("Endpoints:PlainGatewayAnywhere", "--gateway-http-anywhere", SettingKind.Switch, "true|false", "other machines may reach that too (default false)"),
        new("Endpoints:GatewayOrigins", "--gateway-origin", SettingKind.Texts, "ORIGIN", "pages of this origin may use the gateway, e.g. https://chat.example; may be repeated"),
        new("Endpoints:HostNames", "--host-name", SettingKind.Texts, "NAME", "a further name or address for the server's certificate; may be repeated"),
        new("Endpoints:MaxConnections", "--max-connections", SettingKind.Number, "N", "connections at once, at each endpoint (default 1024)"),
        new("Endpoints:MaxConnectionsPerPeer", "--max-connections-per-peer", SettingKind.Number, "N", "of one user or address (default 128)"),
        new("Endpoints:HandshakeTimeout", "--handshake-timeout", SettingKind.Time, "HH:MM:SS", "how long a TLS handshake may take (default 00:00:10)"),
        new("Endpoints:IdleTimeout", "--idle-timeout", SettingKind.Time, "HH:MM:SS", "how long a connection may be silent (default 00:02:00)"),
        new("Models:Worker", "--worker", SettingKind.Path, "PATH", "the worker program (default /usr/lib/edgebox/edgebox-worker/edgebox-worker)"),
        new("Models:Packs", "--packs", SettingKind.Path, "DIR", "the runtime packs (default /usr/lib/edgebox/pack)"),
        new("Models:WorkerUnits", "--worker-units", SettingKind.Switch, "true|false", "each worker is a unit of systemd, and no child of the daemon (default false)"),
        new("Models:Serve", "--serve", SettingKind.Path, "FILE", "serve this model file, and not what was loaded before"),
        new("Models:MaxWaiting", "--max-waiting", SettingKind.Number, "N", "requests that may wait for each model (default 256)"),
        new("Models:MaxWaitingPerIdentity", "--max-waiting-per-identity", SettingKind.Number, "N", "of one user or certificate (default 128)"),
        new("Models:MaxRunningPerIdentity", "--max-running-per-identity", SettingKind.Number, "N", "slots of each model that one may hold (default 0: all)"),
        new("Models:Weights", "--weight", SettingKind.Texts, "IDENTITY=N", "its share when many ask, e.g. cert:frontdesk=4 (default 1); may be repeated"),
        new("Models:WorkerPatience", "--worker-patience", SettingKind.Time, "HH:MM:SS", "a worker with work that shows no life this long is killed (default 00:01:00)"),
        new("Models:MemoryLimit", "--memory-limit", SettingKind.Number, "MIB", "main memory that all models together may take, in MiB (default 0: what there is)"),
        new("Models:RoomPatience", "--room-patience", SettingKind.Time, "HH:MM:SS", "how long a load waits for busy models to make room (default 00:00:30)"),
        new("Models:MaxDeaths", "--max-deaths", SettingKind.Number, "N", "a model whose workers die this often in ten minutes is quarantined (default 3)"),
        new("Models:StoreReserve", "--store-reserve", SettingKind.Text, "SIZE", "what imports leave free on the disk, e.g. 4GiB (default the larger of 1GiB and 2 % of it)"),
        new("Models:ScrubRate", "--scrub-rate", SettingKind.Text, "SIZE", "bytes a second of the model store that are checked in the background, 0 for none (default 8MiB)"),
        new("Models:ScrubInterval", "--scrub-interval", SettingKind.Time, "D.HH:MM:SS", "how often all of the model store is checked (default 7.00:00:00)"),
        new("Inference:TellDate", "--tell-date", SettingKind.Switch, "true|false", "models are told today's date in conversations (default true)"),
    ];

    /// <summary>Whether a configuration key holds one of this setting's several texts.</summary>
    public bool IsEntryOf(string key) => Kind == SettingKind.Texts && key.StartsWith(Key + ":", StringComparison.OrdinalIgnoreCase)
        && int.TryParse(key.AsSpan(Key.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _);

    /// <summary>The configuration key of one of this setting's several texts.</summary>
    public string EntryKey(int index) => string.Create(CultureInfo.InvariantCulture, $"{Key}:{index}");

    /// <summary>Which of this setting's several texts a key holds.</summary>
    public int IndexOf(string entryKey) => int.Parse(entryKey.AsSpan(Key.Length + 1), CultureInfo.InvariantCulture);

    /// <summary>What is wrong with a value; null if nothing is.</summary>
    public string? FaultOf(string value) => Kind switch
    {
        SettingKind.Number when !int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) => "is no whole number",
        SettingKind.Time when !TimeSpan.TryParse(value, CultureInfo.InvariantCulture, out _) => "is no span of time; write HH:MM:SS",
        SettingKind.Switch when !bool.TryParse(value, out _) => "is neither true nor false",
        _ when value.Length == 0 => "is empty",
        _ => null,
    };
}
