using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using EdgeBox.V1;

namespace EdgeBox.Component.Tests.Support;

/// <summary>Reads what Prometheus reads.</summary>
internal static class MetricsOf
{
    /// <summary>The page /metrics, asked for with an issued certificate.</summary>
    public static async Task<string> ReadAsync(RunningBox box, IssueCertificateResponse issued)
    {
        using var certificate = RunningBox.Certificate(issued);
        using var authority = X509Certificate2.CreateFromPem(issued.CaPem);
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = [certificate],
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { authority }, RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        };
        using var client = new HttpClient(handler);
        return await client.GetStringAsync(new Uri($"https://127.0.0.1:{box.TlsPort}/metrics"));
    }
}
