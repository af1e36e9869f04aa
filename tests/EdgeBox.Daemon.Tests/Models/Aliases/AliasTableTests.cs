using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Models.Aliases;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Tests.Models.Aliases;

/// <summary>What aliases are, whom they lead where, and that they are remembered.</summary>
public sealed class AliasTableTests : IAsyncDisposable
{
    private readonly TestDirectory _directory = new();
    private readonly AliasRig _rig;

    public AliasTableTests() => _rig = new AliasRig(_directory.Path);

    public async ValueTask DisposeAsync()
    {
        await _rig.DisposeAsync();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("chat", "cert:desk", "models/m@2")]
    [InlineData("chat", "cert:other", "models/m@1")]
    [InlineData("aliases/chat", "uid:0", "models/m@1")]
    [InlineData("models/chat", "uid:0", "models/chat")]
    [InlineData("chat@1", "uid:0", "chat@1")]
    [InlineData("m", "uid:0", "m")]
    [InlineData("Not a name", "uid:0", "Not a name")]
    [InlineData("", "cert:desk", "models/m@2")]
    [InlineData("", "uid:0", "models/m@1")]
    public async Task Resolve_WhatAClientWrites_IsTheModelThatIsMeant(string asked, string identity, string model)
    {
        await _rig.Table.MoveAsync(AliasRig.Key(), AliasRig.Name("m@1"), "uid:0");
        await _rig.Table.MoveAsync(AliasRig.Key(identity: "cert:desk"), AliasRig.Name("m@2"), "uid:0");
        Assert.Equal(model, _rig.Table.Resolve(asked, identity, "chat"));
    }

    [Fact]
    public async Task Resolve_NothingWritten_IsTheFirstAliasThatThereIs()
    {
        Assert.Equal("", _rig.Table.Resolve("", "uid:0", "translate", "chat"));
        await _rig.Table.MoveAsync(AliasRig.Key(), AliasRig.Name("m@1"), "uid:0");
        Assert.Equal("models/m@1", _rig.Table.Resolve("", "uid:0", "translate", "chat"));
        await _rig.Table.MoveAsync(AliasRig.Key("translate"), AliasRig.Name("m@2"), "uid:0");
        Assert.Equal("models/m@2", _rig.Table.Resolve("", "uid:0", "translate", "chat"));
        Assert.Equal("", _rig.Table.Resolve("", "uid:0", "embed"));
    }

    [Fact]
    public void Resolve_AliasThatIsNone_IsRefused() =>
        Assert.Equal(ErrorReason.AliasNotFound, Assert.Throws<FailureException>(() => _rig.Table.Resolve("aliases/none", "uid:0", "chat")).Reason);

    [Theory]
    [InlineData("", "")]
    [InlineData("Chat", "")]
    [InlineData("chat@2", "")]
    [InlineData("-chat", "")]
    [InlineData("models/chat", "")]
    [InlineData("chat\n", "")]
    [InlineData("chat", "frontdesk")]
    [InlineData("chat", "cert:")]
    [InlineData("chat", "cert:a b")]
    [InlineData("chat", "cert:desk\n")]
    public void Parse_WhatIsNoAlias_IsRefused(string name, string identity) =>
        Assert.Equal(ErrorReason.InvalidArgument, Assert.Throws<FailureException>(() => AliasKey.Parse(name, identity)).Reason);

    [Fact]
    public async Task Move_OverARestart_IsRememberedWithWhoDidItAndWhatItMeantBefore()
    {
        await _rig.Table.MoveAsync(AliasRig.Key(), AliasRig.Name("m@1"), "uid:0");
        await _rig.Table.MoveAsync(AliasRig.Key(), AliasRig.Name("m@2"), "cert:boss");
        await _rig.Table.MoveAsync(AliasRig.Key(), AliasRig.Name("m@2"), "cert:boss");
        using var again = new AliasTable(_rig.Store, null!, _rig.State.Clock);
        var alias = Assert.Single(again.List()).Describe();
        Assert.Equal(("aliases/chat", "models/m@2", "models/m@1", "cert:boss"), (alias.Name, alias.Model, alias.Previous, alias.Actor));
    }

    [Fact]
    public async Task FallBack_FromABadModel_ReturnsOnceAndSaysWhy()
    {
        var bad = new FailureException(ErrorReason.ModelQuarantined, "It keeps dying.", ("model", "models/m@2"));
        await _rig.Table.MoveAsync(AliasRig.Key(), AliasRig.Name("m@1"), "uid:0");
        Assert.Null(await _rig.Table.FallBackAsync(AliasRig.Key(), AliasRig.Name("m@1"), bad));
        await _rig.Table.MoveAsync(AliasRig.Key(), AliasRig.Name("m@2"), "uid:0");
        Assert.Null(await _rig.Table.FallBackAsync(AliasRig.Key(), AliasRig.Name("m@3"), bad));

        var back = await _rig.Table.FallBackAsync(AliasRig.Key(), AliasRig.Name("m@2"), bad);

        Assert.Equal(("m@1", null, "box", ErrorReason.ModelQuarantined), (back!.Model.Id, back.Previous?.Id, back.Actor, back.Problem!.Reason));
        using var again = new AliasTable(_rig.Store, null!, _rig.State.Clock);
        Assert.Equal("It keeps dying.", again.List().Single().Problem!.Message);
        var record = _rig.State.Audit.Page(long.MaxValue, "alias.fell_back", 1)[0].Entry;
        Assert.Equal(("box", "MODEL_QUARANTINED"), (record.Actor, record.Facts["why"]));
    }

    [Fact]
    public async Task Remove_Alias_IsForgottenAndAudited()
    {
        await _rig.Table.MoveAsync(AliasRig.Key(), AliasRig.Name("m@1"), "uid:0");
        await _rig.Table.RemoveAsync(AliasRig.Key(), "uid:7");
        Assert.Empty(_rig.Store.List());
        Assert.Equal("uid:7", _rig.State.Audit.Page(long.MaxValue, "alias.deleted", 1)[0].Entry.Actor);
        Assert.Equal(ErrorReason.AliasNotFound, (await Assert.ThrowsAsync<FailureException>(() => _rig.Table.RemoveAsync(AliasRig.Key(), "uid:7"))).Reason);
    }

    [Fact]
    public async Task Move_OneTooMany_IsRefusedAndOneThatIsThereIsNot()
    {
        for (var i = 0; i < AliasTable.MaxAliases; i++)
        {
            await _rig.Table.MoveAsync(AliasRig.Key($"a{i}"), AliasRig.Name("m@1"), "uid:0");
        }

        Assert.Equal(ErrorReason.InvalidArgument, (await Assert.ThrowsAsync<FailureException>(() => _rig.MoveAsync("m@1", "more"))).Reason);
        Assert.Equal("m@2", (await _rig.Table.MoveAsync(AliasRig.Key("a1"), AliasRig.Name("m@2"), "uid:0")).Model.Id);
    }

    [Fact]
    public async Task Pass_MoreThanMayWait_AreRefusedByTheWholeLineAndByIdentity()
    {
        using var gate = _rig.Gates.Close(AliasRig.Name("m@1"));
        List<Task<bool>> waiting = [Pass("a"), Pass("a")];
        var own = await Assert.ThrowsAsync<FailureException>(() => Pass("a"));
        waiting.Add(Pass("b"));
        var all = await Assert.ThrowsAsync<FailureException>(() => Pass("c"));

        Assert.Equal((ErrorReason.QueueFull, ("scope", "identity")), (own.Reason, own.Facts[2]));
        Assert.Equal((ErrorReason.QueueFull, ("scope", "model")), (all.Reason, all.Facts[2]));
        Assert.True(await _rig.Gates.PassAsync(AliasRig.Name("m@2"), "c", default));
        gate.Dispose();
        Assert.All(await Task.WhenAll(waiting), Assert.False);
        Assert.True(await Pass("c"));

        Task<bool> Pass(string identity) => _rig.Gates.PassAsync(AliasRig.Name("m@1"), identity, CancellationToken.None).AsTask();
    }
}
