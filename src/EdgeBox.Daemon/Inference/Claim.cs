namespace EdgeBox.Daemon.Inference;

/// <summary>How a request takes its turn among others.</summary>
/// <param name="Identity">Who asks, e.g. <c>cert:alice</c>. The model is shared among identities, not among requests.</param>
/// <param name="Batch">Nobody waits for it: it goes after those that somebody waits for.</param>
/// <param name="Deterministic">It runs alone.</param>
internal sealed record Claim(string Identity, bool Batch = false, bool Deterministic = false);
