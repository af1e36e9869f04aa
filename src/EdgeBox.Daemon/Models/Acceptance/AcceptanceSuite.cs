using EdgeBox.V1;

namespace EdgeBox.Daemon.Models.Acceptance;

/// <summary>Where a suite comes from.</summary>
/// <param name="Path">What it is called to people: its path, or the name of the model that brings it.</param>
/// <param name="Open">Opens it.</param>
/// <param name="Own">Whether the model brought it.</param>
internal sealed record SuiteSource(string Path, Func<Stream> Open, bool Own);

/// <summary>A judged suite.</summary>
/// <param name="Cases">In order, each with a name.</param>
/// <param name="Sha256">Of its bytes.</param>
internal sealed record AcceptanceSuite(IReadOnlyList<AcceptanceCase> Cases, string Sha256);
