using System.CommandLine;
using EdgeBox.Cli.Rendering;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl access issue-key: an API key for the gateway, shown once.</summary>
internal static class IssueKeyCommand
{
    /// <summary>Builds the command.</summary>
    public static DocumentedCommand Build(CommandHost host)
    {
        var name = new Argument<string>("NAME") { Description = "Whom it is for: 1 to 63 of a-z, 0-9, '.', '_' and '-', the first a letter or digit." };
        name.Validators.Add(IssueCommand.ValidateName);
        var role = new Option<string>("--role") { Description = "What its holder may do.", HelpName = "client|operator|admin", DefaultValueFactory = _ => "client" };
        role.AcceptOnlyFromAmong("client", "operator", "admin");
        var scopes = new Option<string[]>("--allow")
        {
            Description = "What it may be used for; else for everything. May be repeated.", HelpName = string.Join('|', KeyWords.Scopes), AllowMultipleArgumentsPerToken = false,
        };
        scopes.AcceptOnlyFromAmong([.. KeyWords.Scopes]);
        var models = new Option<string[]>("--model") { Description = "A model or alias that it may ask for; else all. May be repeated.", HelpName = "MODEL" };
        var tier = new Option<string>("--tier") { Description = "Aliases mean to it what was set for tier:TIER.", HelpName = "TIER", DefaultValueFactory = _ => "" };
        var weight = new Option<double>("--weight") { Description = "Its share when many ask; the usual one is 1.", HelpName = "N" };
        var quota = new QuotaOptions(none: false);
        var validFor = new Option<TimeSpan?>("--valid-for") { Description = "For how long, e.g. 90d; else until revoked.", HelpName = "TIME", CustomParser = Durations.Parse };
        var output = new Option<string?>("--out") { Description = "Write the key to a new file that only you can read, and do not show it.", HelpName = "FILE" };
        var command = new DocumentedCommand("issue-key", "Issue an API key for chat front ends and coding agents. It is shown this once.",
            "access issue-key chatbox",
            "access issue-key agent --allow chat --model chat --requests-per-minute 60 --valid-for 90d",
            "access issue-key frontdesk --tier gold --weight 4 --out frontdesk.key")
        { name, role, scopes, models, tier, weight };
        quota.AddTo(command);
        command.Add(validFor);
        command.Add(output);
        return host.Bind(command, async session =>
        {
            var parse = session.Parse;
            var call = new IssueKeyRequest
            {
                Name = parse.GetRequiredValue(name),
                Role = IssueCommand.RoleOf(parse.GetRequiredValue(role)),
                Scopes = { (parse.GetValue(scopes) ?? []).Select(KeyWords.ScopeOf) },
                Models = { parse.GetValue(models) ?? [] },
                Tier = parse.GetRequiredValue(tier),
                Weight = parse.GetValue(weight),
                Quota = quota.Read(parse),
                ValidFor = parse.GetValue(validFor) is { } time ? Duration.FromTimeSpan(time) : null,
            };
            return await IssueAsync(session, call, parse.GetValue(output));
        });
    }

    private static async Task<int> IssueAsync(Session session, IssueKeyRequest call, string? path)
    {
        // The place is taken before the box is asked: a key that could not be written would be lost.
        var full = path is null ? null : Path.GetFullPath(path, session.Shell.Directory);
        using var file = full is null ? null : new NewFile(Path.GetDirectoryName(full)!, Path.GetFileName(full), secret: true);
        var issued = await AccessCommands.Client(session).IssueKeyAsync(call, session.Quick);
        file?.Keep(issued.Text + "\n");
        if (session.Json)
        {
            if (file is not null)
            {
                issued.Text = "";
            }
            session.WriteJson(issued);
            return ExitCode.Done;
        }
        session.Say($"Issued {issued.Key.Name} as {Words.RoleName(issued.Key.Role)}, "
            + (issued.Key.ExpireTime is null ? "until revoked." : $"until {Words.Time(issued.Key.ExpireTime)}."));
        Tables.WriteFacts(session.Shell,
            ("May do", KeyWords.Scope(issued.Key)),
            ("Limits", KeyWords.Quota(issued.Key.Quota)),
            ("API key", file is null ? "below, this once; the box keeps no copy" : $"{issued.Key.Hint}… in {file.Path}; the box keeps no copy"));
        if (file is null)
        {
            session.Say(issued.Text); // On a line of its own, so that no terminal breaks it.
        }

        return ExitCode.Done;
    }
}
