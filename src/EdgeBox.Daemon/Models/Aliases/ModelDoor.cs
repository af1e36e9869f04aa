namespace EdgeBox.Daemon.Models.Aliases;

/// <summary>Leads whoever asks for something to the model that it means.</summary>
internal sealed class ModelDoor(ModelRegistry models, AliasTable aliases, SwapGates gates)
{
    /// <summary>The model that a request goes to, held in memory for it. While it makes place for another one, the request waits.</summary>
    /// <param name="asked">As a client gave it: a model, an alias, or nothing.</param>
    /// <param name="identity">Who asks.</param>
    /// <param name="unsaid">The aliases that are meant if it gave nothing; without them, the only model that is loaded.</param>
    /// <param name="cancellation">The caller's.</param>
    public ValueTask<LeasedModel> ResolveAsync(string asked, string identity, string[] unsaid, CancellationToken cancellation) =>
        models.ResolveAsync(() => SettleAsync(asked, identity, unsaid, cancellation), identity, cancellation);

    /// <summary>The model that somebody means, in memory or not.</summary>
    public ModelEntry Choose(string asked, string identity, params string[] unsaid) => models.Choose(aliases.Resolve(asked, identity, unsaid));

    private async ValueTask<ModelName> SettleAsync(string asked, string identity, string[] unsaid, CancellationToken cancellation)
    {
        while (true)
        {
            var model = Choose(asked, identity, unsaid).Name;
            if (await gates.PassAsync(model, identity, cancellation))
            {
                return model;
            }
        }
    }
}
