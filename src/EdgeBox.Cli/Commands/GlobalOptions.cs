using System.CommandLine;
using EdgeBox.Cli.Connection;
using EdgeBox.Cli.Rendering;
using EdgeBox.Cli.Terminal;

namespace EdgeBox.Cli.Commands;

/// <summary>The options that every command takes.</summary>
internal sealed class GlobalOptions
{
    private readonly Option<string?> _endpoint = new("--endpoint", "-e")
    {
        Description = "The box: unix:PATH or https://HOST:8443. Else EDGEBOX_ENDPOINT, else the local box.",
        HelpName = "ENDPOINT",
        Recursive = true,
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "Print JSON and nothing else: one document, or one a line where answers stream.",
        Recursive = true,
    };

    private readonly Option<string?> _credentials = new("--credentials")
    {
        Description = "Directory with client.crt, client.key and ca.crt. Else EDGEBOX_CREDENTIALS, else ~/.config/edgebox.",
        HelpName = "DIR",
        Recursive = true,
    };

    private readonly Option<string?> _certificate = new("--cert") { Description = "Client certificate, PEM.", HelpName = "FILE", Recursive = true };
    private readonly Option<string?> _key = new("--key") { Description = "Its private key, PEM.", HelpName = "FILE", Recursive = true };
    private readonly Option<string?> _authority = new("--ca") { Description = "Certificate of the box's CA, PEM.", HelpName = "FILE", Recursive = true };

    private readonly Option<TimeSpan?> _timeout = new("--timeout")
    {
        Description = "Give up after this time, e.g. 10s or 5m.",
        HelpName = "TIME",
        Recursive = true,
        CustomParser = Durations.Parse,
    };

    /// <summary>Adds the options to the root.</summary>
    public void AddTo(RootCommand root)
    {
        root.Add(_endpoint);
        root.Add(_json);
        root.Add(_credentials);
        root.Add(_certificate);
        root.Add(_key);
        root.Add(_authority);
        root.Add(_timeout);
    }

    /// <summary>Whether a program reads the output.</summary>
    public bool Json(ParseResult parse) => parse.GetValue(_json);

    /// <summary>How long the command may take; null: the command's own default.</summary>
    public TimeSpan? Timeout(ParseResult parse) => parse.GetValue(_timeout);

    /// <summary>Opens a channel to the box that the command line names.</summary>
    /// <exception cref="CliFailure">The endpoint or the credentials cannot be used.</exception>
    public BoxChannel Open(ParseResult parse, Shell shell)
        => BoxChannel.Open(Endpoint.Choose(parse.GetValue(_endpoint), shell), () => Credentials.Find(
            Absolute(parse.GetValue(_certificate), shell),
            Absolute(parse.GetValue(_key), shell),
            Absolute(parse.GetValue(_authority), shell),
            parse.GetValue(_credentials),
            shell));

    private static string? Absolute(string? path, Shell shell) => path is null ? null : Path.GetFullPath(path, shell.Directory);
}
