using System.CommandLine;
using EdgeBox.Cli.Rendering;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl model alias, rollback: what clients ask for, and which model that means.</summary>
internal static class ModelAliasCommands
{
    /// <summary>Builds <c>alias</c>.</summary>
    public static DocumentedCommand Alias(CommandHost host)
    {
        var name = new Argument<string?>("NAME") { Description = "The alias, e.g. chat. Without it: show all.", Arity = ArgumentArity.ZeroOrOne };
        var model = new Argument<string?>("MODEL") { Description = "The model that it shall mean: NAME@VERSION, or NAME for the newest.", Arity = ArgumentArity.ZeroOrOne };
        var identity = IdentityOption();
        var drain = DrainOption();
        var skip = new Option<bool>("--skip-test") { Description = "Do not run the model's acceptance suite first. It is noted in the audit." };
        var delete = new Option<bool>("--delete") { Description = "Forget the alias." };
        var noWait = ModelCommands.NoWait();
        var command = new DocumentedCommand("alias", "Show what clients may ask for, or make an alias mean another model: the old one answers until the new one is loaded and tested.",
            "model alias",
            "model alias chat qwen3@2",
            "model alias chat gpt-oss-120b --for cert:frontdesk --drain 2m",
            "model alias letters --delete") { name, model, identity, drain, skip, delete, noWait };
        return host.Bind(command, session =>
        {
            var parse = session.Parse;
            return (parse.GetValue(name), parse.GetValue(model), parse.GetValue(delete)) switch
            {
                (null, _, false) => ListAsync(session),
                ({ } alias, null, true) => DeleteAsync(session, alias, parse.GetValue(identity) ?? ""),
                ({ } alias, { } wanted, false) => SetAsync(session, new SetAliasRequest
                {
                    Name = FullName(alias), Identity = parse.GetValue(identity) ?? "", Model = ModelCommands.FullName(wanted),
                    Drain = Drain(session, drain), SkipTest = parse.GetValue(skip),
                }, wait: !parse.GetValue(noWait)),
                (_, null, false) => throw CliFailure.Usage("Which model shall it mean?", "edgeboxctl model alias NAME MODEL sets it, edgeboxctl model alias NAME --delete forgets it."),
                _ => throw CliFailure.Usage("--delete goes with the name of an alias alone.", "E.g. edgeboxctl model alias letters --delete"),
            };
        });
    }

    /// <summary>Builds <c>rollback</c>.</summary>
    public static DocumentedCommand Rollback(CommandHost host)
    {
        var name = new Argument<string>("NAME") { Description = "The alias, e.g. chat." };
        var identity = IdentityOption();
        var drain = DrainOption();
        var noWait = ModelCommands.NoWait();
        var command = new DocumentedCommand("rollback", "Make an alias mean again what it meant before.", "model rollback chat", "model rollback chat --for cert:frontdesk") { name, identity, drain, noWait };
        return host.Bind(command, async session =>
        {
            var request = new RollbackAliasRequest
            {
                Name = FullName(session.Parse.GetRequiredValue(name)), Identity = session.Parse.GetValue(identity) ?? "", Drain = Drain(session, drain),
            };
            var operation = await ModelCommands.Client(session).RollbackAliasAsync(request, session.Quick);
            return await OperationCommands.FollowAsync(session, operation, wait: !session.Parse.GetValue(noWait));
        });
    }

    /// <summary>What an alias means, in a line.</summary>
    public static string Told(Alias alias)
        => $"Alias {Words.Short(alias.Name)}{(alias.Identity.Length == 0 ? "" : " for " + alias.Identity)} means {Words.Short(alias.Model)}"
            + (alias.Previous.Length == 0 ? "." : $"; before: {Words.Short(alias.Previous)}.");

    private static Option<string?> IdentityOption() => new("--for") { Description = "For this identity alone, e.g. cert:frontdesk. Default: everybody.", HelpName = "IDENTITY" };

    private static Option<TimeSpan?> DrainOption() => new("--drain")
    {
        Description = "How long answers that have begun may take to end on the old model, up to 1h. Default: 10m.", HelpName = "TIME", CustomParser = Durations.Parse,
    };

    private static string FullName(string name) => name.StartsWith("aliases/", StringComparison.Ordinal) ? name : "aliases/" + name;

    private static Duration? Drain(Session session, Option<TimeSpan?> option) => session.Parse.GetValue(option) is { } time ? Duration.FromTimeSpan(time) : null;

    private static async Task<int> ListAsync(Session session)
    {
        var response = await ModelCommands.Client(session).ListAliasesAsync(new ListAliasesRequest(), session.Quick);
        if (session.Json)
        {
            session.WriteJson(response);
        }
        else if (response.Aliases.Count == 0)
        {
            session.Say("There are no aliases. Set one with: edgeboxctl model alias chat MODEL");
        }
        else
        {
            Tables.Write(session.Shell,
                [new("ALIAS"), new("FOR"), new("MODEL"), new("BEFORE"), new("SINCE"), new("BY")],
                response.Aliases.Select(a => new[]
                {
                    Words.Short(a.Name), a.Identity.Length == 0 ? "everybody" : a.Identity, Words.Short(a.Model),
                    a.Previous.Length == 0 ? "-" : Words.Short(a.Previous), Words.Time(a.MoveTime), a.Actor,
                }));
            foreach (var alias in response.Aliases.Where(a => a.Problem is not null))
            {
                session.Say($"{Words.Short(alias.Name)}: the box returned to {Words.Short(alias.Model)} by itself: {Failures.Of(alias.Problem).Message}");
            }
        }
        return ExitCode.Done;
    }

    private static async Task<int> SetAsync(Session session, SetAliasRequest request, bool wait)
    {
        var operation = await ModelCommands.Client(session).SetAliasAsync(request, session.Quick);
        return await OperationCommands.FollowAsync(session, operation, wait);
    }

    private static async Task<int> DeleteAsync(Session session, string alias, string identity)
    {
        var request = new DeleteAliasRequest { Name = FullName(alias), Identity = identity };
        var response = await ModelCommands.Client(session).DeleteAliasAsync(request, session.Quick);
        if (session.Json)
        {
            session.WriteJson(response);
        }
        else
        {
            session.Say($"Alias {Words.Short(request.Name)} is forgotten.");
        }
        return ExitCode.Done;
    }
}
