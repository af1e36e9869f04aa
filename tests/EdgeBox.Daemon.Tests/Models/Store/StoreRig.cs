using System.Security.Cryptography;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Models.Store;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.Platform.Files;
using EdgeBox.Testing.Gguf;
using EdgeBox.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Tests.Models.Store;

/// <summary>A model library on a directory of its own, and files to import.</summary>
internal sealed class StoreRig : IAsyncDisposable
{
    private readonly bool _ownsDirectory;

    private StoreRig(TestDirectory directory, bool ownsDirectory, IFileWitness? witness, Action<IServiceCollection>? configure, string reserve)
    {
        (Directory, _ownsDirectory) = (directory, ownsDirectory);
        State = new TestState(directory.Combine("state"), configure: services =>
        {
            services.AddSingleton(Options.Create(new ModelOptions { StoreReserve = reserve })).AddModelStore().AddSingleton(new DurableFiles(witness));
            configure?.Invoke(services);
        });
    }

    public TestDirectory Directory { get; }

    public TestState State { get; }

    public ModelLibrary Library => State.Get<ModelLibrary>();

    public string Store => Directory.Combine("state/models");

    public IReadOnlyList<string> Blobs => Names("blobs");

    public IReadOnlyList<string> Manifests => Names("manifests");

    public IReadOnlyList<string> Incoming => Names("incoming");

    public static async Task<StoreRig> StartAsync(
        TestDirectory? directory = null, IFileWitness? witness = null, Action<IServiceCollection>? configure = null, string reserve = "0")
    {
        var rig = new StoreRig(directory ?? new TestDirectory(), directory is null, witness, configure, reserve);
        await rig.Library.StartAsync(default);
        return rig;
    }

    /// <summary>A file to import.</summary>
    public string Write(string name, ulong seed = 1, string kind = "llama") => Write(name, TinyModels.Of(kind, new TinyShape { Seed = seed }));

    /// <inheritdoc cref="Write(string, ulong, string)"/>
    public string Write(string name, GgufWriter model)
    {
        var path = Directory.Combine(name);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        model.WriteFile(path);
        return path;
    }

    /// <summary>A manifest to import.</summary>
    public string WriteManifest(string folder, string json)
    {
        var path = Path.Combine(Directory.Combine(folder), ManifestFile.Name);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = new StreamWriter(path);
        file.Write(json);
        return Directory.Combine(folder);
    }

    /// <summary>Imports and returns how that ended.</summary>
    public async Task<Operation> TryImportAsync(string path, string name = "", string version = "")
    {
        var begun = await Library.ImportAsync(new ImportModelRequest { Path = path, Name = name, Version = version }, "uid:0");
        return await EndOfAsync(begun);
    }

    /// <summary>Imports what must succeed.</summary>
    public async Task<Model> ImportAsync(string path, string name = "", string version = "")
    {
        var ended = await TryImportAsync(path, name, version);
        Assert.True(ended.State == OperationState.Succeeded, ended.Error?.Message);
        return ended.Response.Unpack<Model>();
    }

    /// <summary>Imports what must be refused, at once or in the end.</summary>
    public async Task<FailureException> RefuseAsync(string path, string name = "", string version = "")
    {
        try
        {
            var ended = await TryImportAsync(path, name, version);
            Assert.Equal(OperationState.Failed, ended.State);
            var info = ended.Error.GetDetail<Google.Rpc.ErrorInfo>();
            return new FailureException(FailureStatus.ReasonOf(ended.Error)!.Value, ended.Error.Message, [.. info.Metadata.Select(fact => (fact.Key, fact.Value))]);
        }
        catch (FailureException refused)
        {
            return refused;
        }
    }

    public Task<Operation> EndOfAsync(Operation operation) => State.Operations.WaitAsync(operation.Name, TimeSpan.FromHours(1), default);

    public InstalledModel Get(string id) => Library.Find(ModelName.Parse(id, "name")) ?? throw new InvalidOperationException($"There is no {id}.");

    /// <summary>Changes one bit of the first file of a model in the store.</summary>
    public string Flip(string id)
    {
        var path = Path.Combine(Store, "blobs", "sha256-" + Get(id).Manifest.Parts[0].Sha256);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Seek(-1, SeekOrigin.End);
        var last = file.ReadByte();
        file.Seek(-1, SeekOrigin.End);
        file.WriteByte((byte)(last ^ 1));
        return path;
    }

    public static string HashOf(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));

    public async ValueTask DisposeAsync()
    {
        await State.DisposeAsync();
        if (_ownsDirectory)
        {
            Directory.Dispose();
        }
    }

    private List<string> Names(string folder) =>
        [.. System.IO.Directory.GetFiles(Path.Combine(Store, folder)).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
}
