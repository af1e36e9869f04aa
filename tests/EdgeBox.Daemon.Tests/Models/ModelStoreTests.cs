using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Models.Store;
using EdgeBox.Daemon.Storage;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using ModelStore = EdgeBox.Daemon.Models.ModelStore;

namespace EdgeBox.Daemon.Tests.Models;

/// <summary>What is remembered of models over a restart.</summary>
public sealed class ModelStoreTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Put_FromAPath_IsBackWithAllItsOptions()
    {
        var entry = Entry("a", "/srv/a.gguf", new LoadOptions { Slots = 3, ContextTokens = 7, KeepAlive = new Duration { Seconds = 9 }, Fit = true });
        await using (var state = new TestState(_directory.Path))
        {
            var store = new ModelStore(state.Database);
            await store.PutPendingAsync(entry, default);
            Assert.False(Assert.Single(store.List()).Complete);
            await store.PutCompleteAsync(entry.Name, default);
        }

        await using var again = new TestState(_directory.Path);
        var stored = Assert.Single(new ModelStore(again.Database).List());
        Assert.Equal((true, new LoadModelRequest { Name = "a", Path = "/srv/a.gguf", Options = entry.Options }), (stored.Complete, stored.Request));
    }

    [Fact]
    public async Task Put_OfTheStore_IsBackWithoutAPathAndOutOfSightOfTheReleaseBefore()
    {
        await using var state = new TestState(_directory.Path);
        var store = new ModelStore(state.Database);
        var entry = Entry("a@2", "", new LoadOptions { Slots = 3 }) with
        {
            Installed = new InstalledModel
            {
                Name = ModelName.Parse("a@2", "name"), Manifest = new ModelManifest(), Imported = DateTimeOffset.UnixEpoch,
            },
        };
        await store.PutPendingAsync(entry, default);
        await store.PutCompleteAsync(entry.Name, default);
        await store.RemovePendingAsync(entry.Name);
        var stored = Assert.Single(store.List());
        Assert.Equal((true, "a@2", "", 3u), (stored.Complete, stored.Request.Name, stored.Request.Path, stored.Request.Options.Slots));
        Assert.Equal(0L, state.Database.Read(connection => connection.Query("SELECT count(*) FROM models", row => row.GetInt64(0)))[0]);
        await store.RemoveAsync(entry.Name);
        Assert.Empty(store.List());
    }

    [Fact]
    public async Task Settings_PinAndQuarantine_AreKeptBesideEachOther()
    {
        var name = ModelName.Parse("a", "name");
        await using (var state = new TestState(_directory.Path))
        {
            var store = new ModelStore(state.Database);
            Assert.Equal((false, true), (store.SettingsOf(name).Pinned, store.SettingsOf(name).Quarantine is null));
            await store.PutPinnedAsync(name, true);
            await store.PutQuarantineAsync(name, new FailureException(ErrorReason.ModelQuarantined, "It died.", ("model", "models/a"), ("exits", "x; y")));
        }

        await using var again = new TestState(_directory.Path);
        var kept = new ModelStore(again.Database);
        var settings = kept.SettingsOf(name);
        Assert.Equal((true, ErrorReason.ModelQuarantined, "It died."), (settings.Pinned, settings.Quarantine!.Reason, settings.Quarantine.Message));
        Assert.Equal(["exits=x; y", "model=models/a"], settings.Quarantine.Facts.Select(fact => $"{fact.Key}={fact.Value}").Order());
        await kept.PutQuarantineAsync(name, null);
        Assert.Equal((true, true), (kept.SettingsOf(name).Pinned, kept.SettingsOf(name).Quarantine is null));
    }

    private static ModelEntry Entry(string name, string path, LoadOptions options) => new()
    {
        Name = ModelName.Parse(name, "name"), Path = path, Options = options, State = ModelState.Planning,
        Use = new ModelUse(), Deaths = new DeathLog(3, TimeProvider.System),
    };
}
