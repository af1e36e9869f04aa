using System.CommandLine;
using EdgeBox.Cli.Rendering;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl access update-key: what an API key may be used for, changed.</summary>
internal static class UpdateKeyCommand
{
    private const string All = "all";

    /// <summary>Builds the command.</summary>
    public static DocumentedCommand Build(CommandHost host)
    {
        var name = new Argument<string>("NAME") { Description = "The key's name." };
        var scopes = new Option<string[]>("--allow")
        {
            Description = "What it may be used for now; all for everything. May be repeated.", HelpName = string.Join('|', [.. KeyWords.Scopes, All]),
        };
        scopes.AcceptOnlyFromAmong([.. KeyWords.Scopes, All]);
        var models = new Option<string[]>("--model") { Description = "A model or alias that it may ask for now; all for every one. May be repeated.", HelpName = "MODEL|all" };
        var tier = new Option<string>("--tier") { Description = "Aliases mean to it what was set for tier:TIER.", HelpName = "TIER|none" };
        var weight = new Option<double>("--weight") { Description = "Its share when many ask; the usual one is 1.", HelpName = "N" };
        var quota = new QuotaOptions(none: true);
        var command = new DocumentedCommand("update-key", "Change what an API key may be used for, from its next request on. What is not given stays.",
            "access update-key agent --requests-per-minute 120 --tokens-per-day none", "access update-key agent --allow chat --allow embeddings --model all")
        { name, scopes, models, tier, weight };
        quota.AddTo(command);
        command.Validators.Add(result =>
        {
            if (command.Options.All(option => result.GetResult(option) is null or { Implicit: true }))
            {
                result.AddError("Nothing was given to change; --help shows what can be.");
            }
        });
        return host.Bind(command, async session =>
        {
            var parse = session.Parse;
            var call = new UpdateKeyRequest
            {
                Key = new ApiKey
                {
                    Name = parse.GetRequiredValue(name),
                    Scopes = { (parse.GetValue(scopes) ?? []).Where(word => word != All).Select(KeyWords.ScopeOf) },
                    Models = { (parse.GetValue(models) ?? []).Where(word => word != All) },
                    Tier = parse.GetValue(tier) is { } word && word != QuotaOptions.None ? word : "",
                    Weight = parse.GetValue(weight),
                    Quota = quota.Read(parse),
                },
                UpdateMask = new FieldMask(),
            };
            foreach (var (option, field) in new (System.CommandLine.Option Option, string Field)[] { (scopes, "scopes"), (models, "models"), (tier, "tier"), (weight, "weight") })
            {
                if (parse.GetResult(option) is not null)
                {
                    call.UpdateMask.Paths.Add(field);
                }
            }

            call.UpdateMask.Paths.Add(quota.Given(parse).Select(field => "quota." + field));
            return await UpdateAsync(session, call);
        });
    }

    private static async Task<int> UpdateAsync(Session session, UpdateKeyRequest call)
    {
        var key = await AccessCommands.Client(session).UpdateKeyAsync(call, session.Quick);
        if (session.Json)
        {
            session.WriteJson(key);
            return ExitCode.Done;
        }

        session.Say($"Changed the API key of {key.Name} ({key.Hint}…).");
        Tables.WriteFacts(session.Shell, ("May do", KeyWords.Scope(key)), ("Limits", KeyWords.Quota(key.Quota)));
        return ExitCode.Done;
    }
}
