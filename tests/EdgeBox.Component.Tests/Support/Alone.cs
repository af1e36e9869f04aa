namespace EdgeBox.Component.Tests.Support;

/// <summary>Tests that need the machine for themselves: what they measure or starve would be others' as well.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
