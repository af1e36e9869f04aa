using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Xunit;

namespace EdgeBox.Cli.Tests.Commands;

public class ModelAliasTests
{
    private static Alias Moved => new() { Name = "aliases/chat", Model = "models/qwen3@2", Previous = "models/qwen3@1", MoveTime = Samples.Time, Actor = "uid:0" };

    [Fact]
    public async Task Alias_NoName_ShowsAll()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Aliases = () => new ListAliasesResponse();
        var none = await Cli.RunAsync(box, "model", "alias");
        box.Script.Aliases = () => new ListAliasesResponse
        {
            Aliases =
            {
                Moved,
                new Alias
                {
                    Name = "aliases/chat", Identity = "cert:frontdesk", Model = "models/gpt-oss@1", MoveTime = Samples.Time, Actor = "box",
                    Problem = ScriptedBox.Packed(ErrorReason.ModelQuarantined, StatusCode.FailedPrecondition, "models/gpt-oss@2 died 3 times."),
                },
            },
        };

        var list = await Cli.RunAsync(box, "model", "alias");
        var json = await Cli.RunAsync(box, "--json", "model", "alias");

        Golden.Check("aliases", none.Output + "\n" + list.Output);
        Assert.Equal("cert:frontdesk", json.Document.GetProperty("aliases")[1].GetProperty("identity").GetString());
    }

    [Fact]
    public async Task Alias_NameAndModel_MovesItAndSaysWhatItMeans()
    {
        await using var box = await ScriptedBox.StartAsync();
        SetAliasRequest? asked = null;
        box.Script.SetAlias = request =>
        {
            asked = request;
            return Ended(Moved);
        };

        var ran = await Cli.RunAsync(box, "model", "alias", "chat", "qwen3@2", "--for", "cert:frontdesk", "--drain", "2m", "--skip-test");

        Assert.Equal((0, "Alias chat means qwen3@2; before: qwen3@1.\n"), (ran.Code, ran.Output));
        Assert.Equal(new SetAliasRequest
        {
            Name = "aliases/chat", Identity = "cert:frontdesk", Model = "models/qwen3@2", Drain = Duration.FromTimeSpan(TimeSpan.FromMinutes(2)), SkipTest = true,
        }, asked);
    }

    [Fact]
    public async Task Alias_NameAlone_AsksForWhatIsMissing()
    {
        await using var box = await ScriptedBox.StartAsync();
        Assert.Equal(2, (await Cli.RunAsync(box, "model", "alias", "chat")).Code);
        Assert.Equal(2, (await Cli.RunAsync(box, "model", "alias", "chat", "qwen3@2", "--delete")).Code);
        Assert.Equal(2, (await Cli.RunAsync(box, "model", "alias", "--delete")).Code);
    }

    [Fact]
    public async Task Alias_Delete_ForgetsIt()
    {
        await using var box = await ScriptedBox.StartAsync();
        DeleteAliasRequest? asked = null;
        box.Script.DeleteAlias = request =>
        {
            asked = request;
            return new DeleteAliasResponse();
        };

        Assert.Equal("Alias letters is forgotten.\n", (await Cli.RunAsync(box, "model", "alias", "letters", "--delete")).Output);
        Assert.Equal(new DeleteAliasRequest { Name = "aliases/letters" }, asked);
    }

    [Fact]
    public async Task Rollback_NoWait_ReturnsAtOnce()
    {
        await using var box = await ScriptedBox.StartAsync();
        RollbackAliasRequest? asked = null;
        box.Script.Rollback = request =>
        {
            asked = request;
            return Samples.Running;
        };

        var ran = await Cli.RunAsync(box, "model", "rollback", "chat", "--for", "cert:frontdesk", "--no-wait");

        Assert.StartsWith("Begun as ", ran.Output, StringComparison.Ordinal);
        Assert.Equal(new RollbackAliasRequest { Name = "aliases/chat", Identity = "cert:frontdesk" }, asked);
    }

    private static Operation Ended(Alias alias)
    {
        var operation = Samples.Running.Clone();
        operation.State = OperationState.Succeeded;
        operation.Response = Any.Pack(alias);
        return operation;
    }
}
