using System.CommandLine;
using System.CommandLine.Parsing;
using EdgeBox.Cli.Rendering;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl access issue: a client certificate, its key and the box's CA as files.</summary>
internal static class IssueCommand
{
    /// <summary>Builds the command.</summary>
    public static DocumentedCommand Build(CommandHost host)
    {
        var name = new Argument<string>("NAME") { Description = "Whom it is for: 1 to 63 of a-z, 0-9, '.', '_' and '-', the first a letter or digit." };
        name.Validators.Add(ValidateName);
        var role = new Option<string>("--role") { Description = "What its holder may do.", Required = true, HelpName = "client|operator|admin" };
        role.AcceptOnlyFromAmong("client", "operator", "admin");
        var request = new Option<string?>("--csr") { Description = "A signing request (PKCS #10, PEM), so that the key stays with its owner. Else the box makes a key.", HelpName = "FILE" };
        var validFor = new Option<TimeSpan?>("--valid-for") { Description = "For how long, e.g. 90d; else until revoked.", HelpName = "TIME", CustomParser = Durations.Parse };
        var output = new Option<string>("--out") { Description = "Where to write NAME.crt, NAME.key and ca.crt.", HelpName = "DIR", DefaultValueFactory = _ => "." };
        var command = new DocumentedCommand("issue", "Issue a client certificate. Nothing that exists is overwritten.",
            "access issue alice --role client --out alice",
            "access issue backup --role operator --valid-for 90d",
            "access issue carol --role client --csr carol.csr") { name, role, request, validFor, output };
        return host.Bind(command, async session =>
        {
            var parse = session.Parse;
            var call = new IssueCertificateRequest { Name = parse.GetRequiredValue(name), Role = RoleOf(parse.GetRequiredValue(role)) };
            if (parse.GetValue(validFor) is { } time)
            {
                call.ValidFor = Duration.FromTimeSpan(time);
            }
            if (parse.GetValue(request) is { } file)
            {
                call.CsrPem = await File.ReadAllTextAsync(Path.GetFullPath(file, session.Shell.Directory), session.Interrupts.Token);
            }
            return await IssueAsync(session, call, Path.GetFullPath(parse.GetRequiredValue(output), session.Shell.Directory));
        });
    }

    private static async Task<int> IssueAsync(Session session, IssueCertificateRequest call, string directory)
    {
        // The places are taken before the box is asked: a certificate whose key could not be written would be of no use.
        using var certificate = new NewFile(directory, call.Name + ".crt", secret: false);
        using var key = call.CsrPem.Length == 0 ? new NewFile(directory, call.Name + ".key", secret: true) : null;
        var issued = await AccessCommands.Client(session).IssueCertificateAsync(call, session.Quick);
        certificate.Keep(issued.CertificatePem);
        key?.Keep(issued.PrivateKeyPem);
        var authority = KeepAuthority(directory, call.Name, issued.CaPem);
        if (session.Json)
        {
            session.WriteJson(Json.Of(w =>
            {
                w.WritePropertyName("certificate");
                w.WriteRawValue(Json.Of(issued.Certificate));
                w.WriteStartObject("files");
                w.WriteString("certificate", certificate.Path);
                if (key is not null)
                {
                    w.WriteString("key", key.Path);
                }
                w.WriteString("ca", authority);
                w.WriteEndObject();
            }));
            return ExitCode.Done;
        }
        session.Say($"Issued {issued.Certificate.Name} as {Words.RoleName(issued.Certificate.Role)}, "
            + (issued.Certificate.ExpireTime is null ? "until revoked." : $"until {Words.Time(issued.Certificate.ExpireTime)}."));
        Tables.WriteFacts(session.Shell,
            ("Certificate", certificate.Path),
            ("Private key", key is null ? "yours; the box never saw it" : key.Path + " (the box keeps no copy)"),
            ("Box's CA", authority));
        session.Say($"Use it with: edgeboxctl --endpoint https://HOST:8443 --credentials {directory} status");
        return ExitCode.Done;
    }

    // One CA serves many certificates in one directory; another box's is kept beside it.
    private static string KeepAuthority(string directory, string name, string pem)
    {
        var path = Path.Combine(directory, "ca.crt");
        if (File.Exists(path))
        {
            if (File.ReadAllText(path).Trim() == pem.Trim())
            {
                return path;
            }
            path = Path.Combine(directory, name + "-ca.crt");
        }
        using var file = new NewFile(directory, Path.GetFileName(path), secret: false);
        file.Keep(pem);
        return path;
    }

    /// <summary>The role of that name.</summary>
    public static Role RoleOf(string word) => word switch { "operator" => Role.Operator, "admin" => Role.Admin, _ => Role.Client };

    // It becomes a file's name here, before the box judges it.
    /// <summary>Judges a name that is to be issued something.</summary>
    public static void ValidateName(ArgumentResult result)
    {
        var name = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        var valid = name.Length is >= 1 and <= 63 && char.IsAsciiLetterOrDigit(name[0]) && name != "ca"
            && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '-');
        if (!valid)
        {
            result.AddError($"'{name}' cannot be the name. Take 1 to 63 of a-z, 0-9, '.', '_' and '-', the first a letter or digit; 'ca' is taken.");
        }
    }
}
