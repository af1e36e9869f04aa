using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway;

/// <summary>Who may use a route of the gateway.</summary>
/// <param name="Role">The least role of the key; <see cref="Role.Anyone"/>: no key is needed.</param>
/// <param name="Scope">What the key must be for; <see cref="KeyScope.Unspecified"/>: any key will do, and nothing is counted.</param>
internal sealed record GatewayRoute(Role Role, KeyScope Scope);
