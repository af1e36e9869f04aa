using System.CommandLine;
using EdgeBox.Cli.Rendering;
using EdgeBox.V1;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl access: who may reach the box over the network.</summary>
internal static class AccessCommands
{
    /// <summary>Builds the command.</summary>
    public static DocumentedCommand Build(CommandHost host)
        => new("access", "Who may reach the box over the network.", "access issue alice --role client --out alice", "access list", "access issue-key chatbox", "access whoami")
        {
            IssueCommand.Build(host),
            List(host),
            Revoke(host),
            WhoAmI(host),
            IssueKeyCommand.Build(host),
            KeyCommands.List(host),
            UpdateKeyCommand.Build(host),
            KeyCommands.Revoke(host),
            KeyCommands.Usage(host),
        };

    /// <summary>Makes the calls.</summary>
    public static AccessService.AccessServiceClient Client(Session session) => new(session.Channel.Invoker);

    private static DocumentedCommand List(CommandHost host)
        => host.Bind(new DocumentedCommand("list", "List the certificates that the box issued, newest first.", "access list"), async session =>
        {
            var response = await Client(session).ListCertificatesAsync(new ListCertificatesRequest(), session.Quick);
            if (session.Json)
            {
                session.WriteJson(response);
            }
            else if (response.Certificates.Count == 0)
            {
                session.Say("The box has issued no certificates. Issue one with: edgeboxctl access issue NAME --role client");
            }
            else
            {
                Tables.Write(session.Shell,
                    [new("NAME"), new("ROLE"), new("ISSUED"), new("ENDS"), new("REVOKED"), new("SERIAL")],
                    response.Certificates.Select(c => new[]
                    {
                        c.Name, Words.RoleName(c.Role), Words.Time(c.IssueTime), c.ExpireTime is null ? "never" : Words.Time(c.ExpireTime),
                        Words.Time(c.RevokeTime), c.Serial,
                    }));
            }
            return ExitCode.Done;
        });

    private static DocumentedCommand Revoke(CommandHost host)
    {
        var name = new Argument<string>("NAME") { Description = "The certificate's name, or its serial number." };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask." };
        var command = new DocumentedCommand("revoke", "Revoke a certificate; its open connections end within a second. This cannot be undone.",
            "access revoke alice", "access revoke alice --yes") { name, yes };
        return host.Bind(command, async session =>
        {
            var target = session.Parse.GetRequiredValue(name);
            if (!session.Parse.GetValue(yes))
            {
                await ConfirmAsync(session, target);
            }
            var revoked = await Client(session).RevokeCertificateAsync(new RevokeCertificateRequest { Name = target }, session.Quick);
            if (session.Json)
            {
                session.WriteJson(revoked);
            }
            else
            {
                session.Say($"Revoked {revoked.Name} (serial {revoked.Serial}).");
            }
            return ExitCode.Done;
        });
    }

    /// <summary>Asks whether it is meant.</summary>
    public static async Task ConfirmAsync(Session session, string name)
    {
        if (session.Json || !session.Shell.InputIsTerminal)
        {
            throw CliFailure.Usage("Revoking cannot be undone, and nobody can be asked here.", "Add --yes if it is meant.");
        }
        session.Shell.Error.Write($"Revoke {Terminal.TerminalText.Line(name)}? Its connections end at once, and this cannot be undone. [y/N] ");
        await session.Shell.Error.FlushAsync();
        // Not disposed: a read from a terminal cannot be cancelled, and is left behind.
        var reader = new StreamReader(session.Shell.Input, leaveOpen: true);
        var answer = await reader.ReadLineAsync(session.Interrupts.Token).AsTask().WaitAsync(session.Interrupts.Token);
        if (answer?.Trim().ToLowerInvariant() is not ("y" or "yes"))
        {
            throw new CliFailure("CANCELLED", "Nothing was revoked.");
        }
    }

    private static DocumentedCommand WhoAmI(CommandHost host)
        => host.Bind(new DocumentedCommand("whoami", "Show who the box takes you for.", "access whoami"), async session =>
        {
            var caller = await Client(session).GetCallerAsync(new GetCallerRequest(), session.Quick);
            if (session.Json)
            {
                session.WriteJson(caller);
            }
            else
            {
                Tables.WriteFacts(session.Shell, ("You are", caller.Identity), ("Your role", Words.RoleName(caller.Role)), ("You came by", caller.Endpoint));
            }
            return ExitCode.Done;
        });
}
