using EdgeBox.Daemon.Models.Store;

namespace EdgeBox.Daemon.Models.Aliases;

/// <summary>Keeps what an alias means in the store, and what it would return to.</summary>
internal sealed class AliasGuard(AliasTable aliases, ModelLibrary library) : IModelGuard
{
    public string? WhyKept(ModelName model)
    {
        if (aliases.List().FirstOrDefault(meaning => meaning.Model == model) is { } meant)
        {
            return $"is what {meant.Key.Words} means; move or delete that alias first";
        }

        // What is quarantined is no model to return to.
        return aliases.List().FirstOrDefault(meaning => meaning.Previous == model) is { } last && library.QuarantineOf(model) is null
            ? $"is what {last.Key.Words} returns to if {last.Model.Id} turns out to be bad; move or delete that alias first"
            : null;
    }
}
