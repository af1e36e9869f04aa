// Asks an EdgeBox one question and prints the answer as it comes.
//   dotnet run --project examples/csharp -- https://HOST:8443 CREDENTIALS_DIR "PROMPT"
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using EdgeBox.V1;
using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client;

if (args is not [var endpoint, var directory, var prompt])
{
    Console.Error.WriteLine("usage: edgebox-example-chat https://HOST:8443 CREDENTIALS_DIR PROMPT");
    return 2;
}

// The directory is what `edgeboxctl access issue NAME --role client --out DIR` wrote: NAME.crt, NAME.key and ca.crt.
var certificate = Directory.GetFiles(directory, "*.crt").Single(f => Path.GetFileName(f) != "ca.crt");
using var client = X509Certificate2.CreateFromPemFile(certificate, Path.ChangeExtension(certificate, ".key"));
using var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(directory, "ca.crt"));
using var handler = new SocketsHttpHandler
{
    UseProxy = false,
    SslOptions = new SslClientAuthenticationOptions
    {
        ClientCertificateContext = SslStreamCertificateContext.Create(client, additionalCertificates: null, offline: true),
        // Trust what this box's own CA issued, for the host that was asked for, and nothing else.
        RemoteCertificateValidationCallback = (_, shown, _, errors) =>
            shown is X509Certificate2 box && !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) && IssuedBy(authority, box),
    },
};
using var channel = GrpcChannel.ForAddress(endpoint, new GrpcChannelOptions { HttpHandler = handler });
var inference = new InferenceService.InferenceServiceClient(channel);

// No model is named: the box takes the only one that is loaded.
var request = new ChatRequest { Messages = { new ChatMessage { Role = ChatRole.User, Parts = { new ContentPart { Text = prompt } } } } };
try
{
    // Disposing the call before its end cancels the answer, which frees the box for others.
    using var call = inference.Chat(request);
    await foreach (var response in call.ResponseStream.ReadAllAsync())
    {
        if (response.Delta is { Channel: not Channel.Reasoning } delta)
        {
            Console.Write(delta.Text);
        }
    }
    Console.WriteLine();
    return 0;
}
catch (RpcException e)
{
    // Every refusal carries a reason to branch on, words for people, and facts.
    var why = e.GetRpcStatus()?.GetDetail<ErrorInfo>();
    Console.Error.WriteLine($"{why?.Reason ?? e.StatusCode.ToString()}: {e.Status.Detail}");
    return 1;
}

static bool IssuedBy(X509Certificate2 authority, X509Certificate2 box)
{
    using var chain = new X509Chain();
    chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
    chain.ChainPolicy.CustomTrustStore.Add(authority);
    chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
    chain.ChainPolicy.DisableCertificateDownloads = true;
    // Only a certificate meant for servers, so that another client cannot pose as the box.
    chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.1"));
    return chain.Build(box);
}
