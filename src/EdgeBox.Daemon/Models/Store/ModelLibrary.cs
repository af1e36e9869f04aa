using EdgeBox.Daemon.Failures;
namespace EdgeBox.Daemon.Models.Store;

/// <summary>Stand-in.</summary>
#pragma warning disable CA1822, CS0067
internal sealed class ModelLibrary
{
    public event Action? Changed;
    public IReadOnlyList<InstalledModel> List() => [];
    public InstalledModel? Find(ModelName name) => null;
    public ModelFile Open(InstalledModel model) => throw new InvalidOperationException();
    public Task QuarantineAsync(ModelName name, FailureException why) => Task.CompletedTask;
    public FailureException? QuarantineOf(ModelName name) => null;
    public Task ReleaseAsync(ModelName name) => Task.CompletedTask;
}
