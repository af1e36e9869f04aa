using EdgeBox.Daemon.Access.Keys;

namespace EdgeBox.Daemon.Access;

/// <summary>Composes who may reach the box and what they may do.</summary>
internal static class AccessExtensions
{
    public static IServiceCollection AddAccess(this IServiceCollection services) => services
        .AddSingleton<BoxIdentity>()
        .AddSingleton<CertificateRegistry>()
        .AddSingleton<ConnectionRegistry>()
        .AddSingleton<PeerLimiter>()
        .AddSingleton<Admission>()
        .AddSingleton<ClientDoor>()
        .AddSingleton(_ => GroupRoles.OfThisMachine())
        .AddSingleton<UnixPeers>()
        .AddSingleton<KeyRegistry>()
        .AddSingleton<KeyAccounts>()
        .AddSingleton<KeyDesk>()
        .AddHostedService(provider => provider.GetRequiredService<KeyAccounts>());
}
