using System.Collections.Frozen;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models;

/// <summary>The life of a model: which state may follow which. Whatever is not here is a defect.</summary>
internal static class ModelLife
{
    private static readonly FrozenDictionary<ModelState, FrozenSet<ModelState>> s_next = new Dictionary<ModelState, FrozenSet<ModelState>>
    {
        // One that was loaded or spoilt before the box stopped comes back as what it was.
        [ModelState.Absent] = Set(ModelState.Importing, ModelState.Validating, ModelState.Available, ModelState.Failed, ModelState.Quarantined),
        [ModelState.Importing] = Set(ModelState.Validating, ModelState.Available, ModelState.Quarantined, ModelState.Absent),
        // The file of one that is to be loaded from a path, or every byte of one in the store.
        [ModelState.Validating] = Set(
            ModelState.Planning, ModelState.Available, ModelState.Draining, ModelState.Failed, ModelState.Quarantined, ModelState.Absent),
        // Failed: it was only being loaded when the box stopped.
        [ModelState.Available] = Set(ModelState.Validating, ModelState.Planning, ModelState.Failed, ModelState.Quarantined, ModelState.Absent),
        [ModelState.Planning] = Set(
            ModelState.Loading, ModelState.Available, ModelState.Draining, ModelState.Failed, ModelState.Quarantined),
        [ModelState.Loading] = Set(
            ModelState.Testing, ModelState.Ready, ModelState.Available, ModelState.Draining, ModelState.Failed, ModelState.Quarantined),
        [ModelState.Testing] = Set(
            ModelState.Ready, ModelState.Restarting, ModelState.Draining, ModelState.Failed, ModelState.Quarantined),
        [ModelState.Ready] = Set(
            ModelState.Restarting, ModelState.Draining, ModelState.Failed, ModelState.Quarantined),
        [ModelState.Restarting] = Set(
            ModelState.Testing, ModelState.Ready, ModelState.Draining, ModelState.Failed, ModelState.Quarantined),
        [ModelState.Draining] = Set(ModelState.Available, ModelState.Quarantined, ModelState.Absent),
        [ModelState.Failed] = Set(
            ModelState.Validating, ModelState.Planning, ModelState.Available, ModelState.Quarantined, ModelState.Absent),
        [ModelState.Quarantined] = Set(ModelState.Validating, ModelState.Planning, ModelState.Available, ModelState.Absent),
    }.ToFrozenDictionary();

    /// <summary>Every state that a model can be in; absent is where it begins and ends.</summary>
    public static IEnumerable<ModelState> States => s_next.Keys;

    /// <summary>Whether one state may follow another at once.</summary>
    public static bool Allows(ModelState from, ModelState to) => s_next.TryGetValue(from, out var next) && next.Contains(to);

    private static FrozenSet<ModelState> Set(params ReadOnlySpan<ModelState> states) => FrozenSet.Create(states);
}
