using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using EdgeBox.Daemon.Access;
using EdgeBox.Daemon.Failures;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Hosting;

/// <summary>Opens the endpoints: the Unix socket, mutual TLS and the gateway, each with its limits and with who is at the other end.</summary>
internal static class EndpointExtensions
{
    /// <summary>Makes sockets the daemon's own way.</summary>
    public static void AddEndpoints(this IServiceCollection services) => services
        .AddSingleton<OwnUnixSocket>()
        .AddOptions<SocketTransportOptions>()
        .Configure<OwnUnixSocket>((options, own) => options.CreateBoundListenSocket = endpoint => endpoint is UnixDomainSocketEndPoint
            ? own.Bind(endpoint.ToString()!)
            : SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint));

    /// <summary>Tells Kestrel where to listen once it starts; the settings must have been checked.</summary>
    public static void OpenEndpoints(this WebApplication app)
    {
        var settings = app.Services.GetRequiredService<IOptions<EndpointOptions>>().Value;
        var options = app.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value;
        options.AddServerHeader = false;
        options.Limits.MaxConcurrentConnections = settings.MaxConnections;
        options.Limits.KeepAliveTimeout = settings.IdleTimeout;
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        options.Limits.MaxRequestBodySize = MessageLimit.Bytes + 1024;
        options.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        options.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);

        // A socket that systemd hands in takes the place of the daemon's own of that name.
        var handed = app.Services.GetRequiredService<HandedSockets>();
        if (handed.Find("unix") is { } unix)
        {
            options.ListenHandle((ulong)unix, listen => UseUnix(listen, app.Services));
        }
        else
        {
            options.ListenUnixSocket(settings.UnixSocket, listen => UseUnix(listen, app.Services));
        }

        if (handed.Find("tls") is { } network)
        {
            options.ListenHandle((ulong)network, listen => UseTls(listen, app.Services, settings));
        }
        else if (settings.FindTlsEndpoint() is { } tls)
        {
            options.Listen(tls, listen => UseTls(listen, app.Services, settings));
        }

        if (handed.Find("gateway") is { } gateway)
        {
            options.ListenHandle((ulong)gateway, listen => UseGateway(listen, app.Services, settings, encrypted: true));
        }
        else if (settings.FindGatewayEndpoint() is { } encrypted)
        {
            options.Listen(encrypted, listen => UseGateway(listen, app.Services, settings, encrypted: true));
        }

        if (settings.FindPlainGatewayEndpoint() is { } plain)
        {
            options.Listen(plain, listen => UseGateway(listen, app.Services, settings, encrypted: false));
        }
    }

    // Services are asked for when the server starts, after the state has been opened.
    private static void UseUnix(ListenOptions listen, IServiceProvider services)
    {
        listen.Protocols = HttpProtocols.Http2;
        listen.Use(next =>
        {
            var peers = services.GetRequiredService<UnixPeers>();
            var admission = services.GetRequiredService<Admission>();
            var connections = services.GetRequiredService<ConnectionRegistry>();
            return connection =>
            {
                var caller = peers.CallerAt(connection.Features.Get<IConnectionSocketFeature>()!.Socket);
                connection.Features.Set(caller);
                return admission.RunAsync(
                    connection, caller.Identity, caller.Endpoint, admitted => connections.RunAsync(admitted, caller, _ => true, next));
            };
        });
    }

    // Clients prove who they are by the key of each request, not by the connection.
    private static void UseGateway(ListenOptions listen, IServiceProvider services, EndpointOptions settings, bool encrypted)
    {
        listen.Protocols = encrypted ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1;
        listen.Use(next =>
        {
            var admission = services.GetRequiredService<Admission>();
            return connection => admission.RunAsync(connection, Peer.CountedBy(connection), CallerIdentity.GatewayEndpoint, next);
        });
        if (encrypted)
        {
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = services.GetRequiredService<BoxIdentity>().Server,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                }),
                HandshakeTimeout = settings.HandshakeTimeout,
            });
        }

        listen.Use(next =>
        {
            var connections = services.GetRequiredService<ConnectionRegistry>();
            return connection =>
            {
                connection.Features.Set(CallerIdentity.OfGateway);
                return connections.RunAsync(connection, CallerIdentity.OfGateway, _ => true, next);
            };
        });
    }

    private static void UseTls(ListenOptions listen, IServiceProvider services, EndpointOptions settings)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.Use(next =>
        {
            var admission = services.GetRequiredService<Admission>();
            return connection => admission.RunAsync(connection, Peer.CountedBy(connection), "tls", next);
        });
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = context => services.GetRequiredService<ClientDoor>().OptionsFor(context),
            HandshakeTimeout = settings.HandshakeTimeout,
        });
        listen.Use(next =>
        {
            var door = services.GetRequiredService<ClientDoor>();
            var connections = services.GetRequiredService<ConnectionRegistry>();
            return connection => connections.RunAsync(
                connection, connection.Features.Get<CallerIdentity>() ?? CallerIdentity.Anonymous, door.StillAdmits, next);
        });
    }
}
