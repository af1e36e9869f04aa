using System.CommandLine;
using System.Globalization;
using EdgeBox.Cli.Rendering;
using EdgeBox.V1;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl access list-keys, revoke-key and usage: the API keys of the gateway.</summary>
internal static class KeyCommands
{
    /// <summary>Builds access list-keys.</summary>
    public static DocumentedCommand List(CommandHost host)
        => host.Bind(new DocumentedCommand("list-keys", "List the API keys that the box issued, newest first.", "access list-keys"), async session =>
        {
            var response = await AccessCommands.Client(session).ListKeysAsync(new ListKeysRequest(), session.Quick);
            if (session.Json)
            {
                session.WriteJson(response);
            }
            else if (response.Keys.Count == 0)
            {
                session.Say("The box has issued no API keys. Issue one with: edgeboxctl access issue-key NAME");
            }
            else
            {
                Tables.Write(session.Shell,
                    [new("NAME"), new("KEY"), new("ROLE"), new("MAY DO"), new("LIMITS"), new("TIER"), new("WEIGHT", Right: true), new("ENDS"), new("REVOKED")],
                    response.Keys.Select(key => new[]
                    {
                        key.Name, key.Hint + "…", Words.RoleName(key.Role), KeyWords.Scope(key), KeyWords.Quota(key.Quota),
                        key.Tier.Length == 0 ? "-" : key.Tier, key.Weight.ToString("0.##", CultureInfo.InvariantCulture),
                        key.ExpireTime is null ? "never" : Words.Time(key.ExpireTime), Words.Time(key.RevokeTime),
                    }));
            }
            return ExitCode.Done;
        });

    /// <summary>Builds access revoke-key.</summary>
    public static DocumentedCommand Revoke(CommandHost host)
    {
        var name = new Argument<string>("NAME") { Description = "The key's name." };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask." };
        var command = new DocumentedCommand("revoke-key", "Revoke an API key; the requests that it has open end within a second. This cannot be undone.",
            "access revoke-key chatbox", "access revoke-key chatbox --yes") { name, yes };
        return host.Bind(command, async session =>
        {
            var target = session.Parse.GetRequiredValue(name);
            if (!session.Parse.GetValue(yes))
            {
                await AccessCommands.ConfirmAsync(session, target);
            }
            var revoked = await AccessCommands.Client(session).RevokeKeyAsync(new RevokeKeyRequest { Name = target }, session.Quick);
            if (session.Json)
            {
                session.WriteJson(revoked);
            }
            else
            {
                session.Say($"Revoked the API key of {revoked.Name} ({revoked.Hint}…).");
            }
            return ExitCode.Done;
        });
    }

    /// <summary>Builds access usage.</summary>
    public static DocumentedCommand Usage(CommandHost host)
    {
        var name = new Argument<string?>("NAME") { Description = "The key's name; else all keys.", Arity = ArgumentArity.ZeroOrOne };
        var days = new Option<uint>("--days") { Description = "How many days, today included: to 31, or to 400 of one key.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var command = new DocumentedCommand("usage", "What API keys used, day by day (UTC).", "access usage", "access usage chatbox --days 30") { name, days };
        return host.Bind(command, async session =>
        {
            var call = new ListKeyUsageRequest { Name = session.Parse.GetValue(name) ?? "", Days = session.Parse.GetValue(days) };
            var response = await AccessCommands.Client(session).ListKeyUsageAsync(call, session.Quick);
            if (session.Json)
            {
                session.WriteJson(response);
            }
            else if (response.Usage.Count == 0)
            {
                session.Say("Nothing was used.");
            }
            else
            {
                Tables.Write(session.Shell,
                    [new("DAY"), new("NAME"), new("REQUESTS", Right: true), new("REFUSED", Right: true), new("PROMPT TOKENS", Right: true), new("KNOWN", Right: true), new("ANSWER TOKENS", Right: true)],
                    response.Usage.Select(day => new[]
                    {
                        day.Day, day.Name, KeyWords.Number(day.Requests), KeyWords.Number(day.Refused),
                        KeyWords.Number(day.PromptTokens), KeyWords.Number(day.CachedPromptTokens), KeyWords.Number(day.CompletionTokens),
                    }));
            }
            return ExitCode.Done;
        });
    }
}
