using EdgeBox.Cli.Rendering;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using System.Security.Cryptography.X509Certificates;
using Status = Google.Rpc.Status;

[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

namespace EdgeBox.Cli.Tests;

/// <summary>What a scripted box answers; what is not set is refused as not supported.</summary>
public sealed class Script
{
    public Func<GetStatusRequest, ApplianceStatus>? Status { get; set; }

    public Func<ChatRequest, IServerStreamWriter<ChatResponse>, ServerCallContext, Task>? Chat { get; set; }

    public Func<CompleteRequest, IServerStreamWriter<CompleteResponse>, ServerCallContext, Task>? Complete { get; set; }

    public Func<EmbedRequest, EmbedResponse>? Embed { get; set; }

    public Func<RerankRequest, RerankResponse>? Rerank { get; set; }

    public Func<TokenizeRequest, TokenizeResponse>? Tokenize { get; set; }

    public Func<ListModelsResponse>? Models { get; set; }

    public Func<GetModelRequest, Model>? Model { get; set; }

    public Func<LoadModelRequest, Operation>? Load { get; set; }

    public Func<UnloadModelRequest, Operation>? Unload { get; set; }

    public Func<PinModelRequest, Model>? Pin { get; set; }

    public Func<UnpinModelRequest, Model>? Unpin { get; set; }

    public Func<WatchModelsRequest, IEnumerable<Model>>? Watch { get; set; }

    public Func<ImportModelRequest, Operation>? Import { get; set; }

    public Func<VerifyModelRequest, Operation>? VerifyModel { get; set; }

    public Func<RemoveModelRequest, RemoveModelResponse>? Remove { get; set; }

    public Func<ModelStore>? Store { get; set; }

    public Func<EstimateModelRequest, MemoryEstimate>? Estimate { get; set; }

    public Func<ListTasksRequest, ListTasksResponse>? Tasks { get; set; }

    public Func<SetTaskRequest, TaskPreset>? SetTask { get; set; }

    public Func<ResetTaskRequest, ResetTaskResponse>? ResetTask { get; set; }

    public Func<ListAliasesResponse>? Aliases { get; set; }

    public Func<SetAliasRequest, Operation>? SetAlias { get; set; }

    public Func<RollbackAliasRequest, Operation>? Rollback { get; set; }

    public Func<DeleteAliasRequest, DeleteAliasResponse>? DeleteAlias { get; set; }

    public Func<TestModelRequest, Operation>? Test { get; set; }

    public Func<ListAcceptanceReportsRequest, ListAcceptanceReportsResponse>? Reports { get; set; }

    public Func<GetAcceptanceReportRequest, AcceptanceReport>? Report { get; set; }

    public Func<GetModelHistoryRequest, ModelHistory>? History { get; set; }

    public Func<ListOperationsRequest, ListOperationsResponse>? Operations { get; set; }

    public Func<GetOperationRequest, Operation>? Operation { get; set; }

    public Func<WaitOperationRequest, ServerCallContext, Task<Operation>>? Wait { get; set; }

    public Func<CancelOperationRequest, Operation>? Cancel { get; set; }

    public Func<IssueCertificateRequest, IssueCertificateResponse>? Issue { get; set; }

    public Func<ListCertificatesResponse>? Certificates { get; set; }

    public Func<RevokeCertificateRequest, Certificate>? Revoke { get; set; }

    public Func<IssueKeyRequest, IssueKeyResponse>? IssueKey { get; set; }

    public Func<ListKeysResponse>? Keys { get; set; }

    public Func<UpdateKeyRequest, ApiKey>? UpdateKey { get; set; }

    public Func<RevokeKeyRequest, ApiKey>? RevokeKey { get; set; }

    public Func<ListKeyUsageRequest, ListKeyUsageResponse>? KeyUsage { get; set; }

    public Func<ServerCallContext, Caller> Caller { get; set; } = _ => new Caller { Identity = "uid:1000", Role = Role.Admin, Endpoint = "unix" };

    public Func<ListRecordsRequest, ListRecordsResponse>? Records { get; set; }

    public Func<VerifyChainResponse>? Verify { get; set; }
}

/// <summary>A real gRPC server, on a Unix socket or with mutual TLS, that answers by a script.</summary>
public sealed class ScriptedBox : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ScriptedBox(WebApplication app, string directory, Script script)
    {
        (_app, Directory, Script) = (app, directory, script);
    }

    public string Directory { get; }

    public Script Script { get; }

    public string Socket => Path.Combine(Directory, "box.sock");

    public string Endpoint => _app.Urls.First() is { } url && url.StartsWith("https", StringComparison.Ordinal) ? url : "unix:" + Socket;

    public static async Task<ScriptedBox> StartAsync(X509Certificate2? tls = null)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("edgebox-cli-").FullName;
        var script = new Script();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            if (tls is null)
            {
                kestrel.ListenUnixSocket(Path.Combine(directory, "box.sock"), o => o.Protocols = HttpProtocols.Http2);
            }
            else
            {
                kestrel.Listen(System.Net.IPAddress.Loopback, 0, o => o.UseHttps(tls, h =>
                {
                    h.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                    h.AllowAnyClientCertificate();
                }));
            }
        });
        builder.Services.AddSingleton(script);
        builder.Services.AddGrpc();
        var app = builder.Build();
        app.MapGrpcService<Appliance>();
        app.MapGrpcService<Inference>();
        app.MapGrpcService<Models>();
        app.MapGrpcService<Operations>();
        app.MapGrpcService<Access>();
        app.MapGrpcService<Audit>();
        await app.StartAsync();
        return new ScriptedBox(app, directory, script);
    }

    /// <summary>The refusal that the real box would send.</summary>
    public static RpcException Refusal(ErrorReason reason, StatusCode code, string message, params (string Key, string Value)[] facts)
        => Packed(reason, code, message, facts).ToRpcException();

    /// <inheritdoc cref="Refusal" />
    public static Status Packed(ErrorReason reason, StatusCode code, string message, params (string Key, string Value)[] facts)
    {
        var info = new ErrorInfo { Domain = "edgebox", Reason = ExitCodes.NameOf(reason) };
        foreach (var (key, value) in facts)
        {
            info.Metadata[key] = value;
        }
        return new Status { Code = (int)code, Message = message, Details = { Any.Pack(info) } };
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private static T Scripted<T>(T? answer)
        where T : Delegate
        => answer ?? throw Refusal(ErrorReason.NotSupported, StatusCode.Unimplemented, "not in the script");

    private sealed class Appliance(Script script) : ApplianceService.ApplianceServiceBase
    {
        public override Task<ApplianceStatus> GetStatus(GetStatusRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Status)(request));
    }

    private sealed class Inference(Script script) : InferenceService.InferenceServiceBase
    {
        public override Task Chat(ChatRequest request, IServerStreamWriter<ChatResponse> responseStream, ServerCallContext context)
            => Scripted(script.Chat)(request, responseStream, context);

        public override Task Complete(CompleteRequest request, IServerStreamWriter<CompleteResponse> responseStream, ServerCallContext context)
            => Scripted(script.Complete)(request, responseStream, context);

        public override Task<EmbedResponse> Embed(EmbedRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Embed)(request));

        public override Task<RerankResponse> Rerank(RerankRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Rerank)(request));

        public override Task<TokenizeResponse> Tokenize(TokenizeRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Tokenize)(request));
    }

    private sealed class Models(Script script) : ModelService.ModelServiceBase
    {
        public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context) => Task.FromResult(Scripted(script.Models)());

        public override Task<Model> GetModel(GetModelRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Model)(request));

        public override Task<MemoryEstimate> EstimateModel(EstimateModelRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Estimate)(request));

        public override Task<Operation> LoadModel(LoadModelRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Load)(request));

        public override Task<Operation> UnloadModel(UnloadModelRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Unload)(request));

        public override Task<Model> PinModel(PinModelRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Pin)(request));

        public override Task<Model> UnpinModel(UnpinModelRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Unpin)(request));

        public override async Task WatchModels(WatchModelsRequest request, IServerStreamWriter<Model> responseStream, ServerCallContext context)
        {
            foreach (var model in Scripted(script.Watch)(request))
            {
                await responseStream.WriteAsync(model);
            }
        }

        public override Task<Operation> ImportModel(ImportModelRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Import)(request));

        public override Task<Operation> VerifyModel(VerifyModelRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.VerifyModel)(request));

        public override Task<RemoveModelResponse> RemoveModel(RemoveModelRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Remove)(request));

        public override Task<ModelStore> GetModelStore(GetModelStoreRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Store)());

        public override Task<ListAliasesResponse> ListAliases(ListAliasesRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Aliases)());

        public override Task<Operation> SetAlias(SetAliasRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.SetAlias)(request));

        public override Task<Operation> RollbackAlias(RollbackAliasRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Rollback)(request));

        public override Task<DeleteAliasResponse> DeleteAlias(DeleteAliasRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.DeleteAlias)(request));

        public override Task<ListTasksResponse> ListTasks(ListTasksRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Tasks)(request));

        public override Task<TaskPreset> SetTask(SetTaskRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.SetTask)(request));

        public override Task<ResetTaskResponse> ResetTask(ResetTaskRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.ResetTask)(request));

        public override Task<Operation> TestModel(TestModelRequest request, ServerCallContext context) => Task.FromResult(Scripted(script.Test)(request));

        public override Task<ListAcceptanceReportsResponse> ListAcceptanceReports(ListAcceptanceReportsRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Reports)(request));

        public override Task<AcceptanceReport> GetAcceptanceReport(GetAcceptanceReportRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Report)(request));

        public override Task<ModelHistory> GetModelHistory(GetModelHistoryRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.History)(request));
    }

    private sealed class Operations(Script script) : OperationService.OperationServiceBase
    {
        public override Task<ListOperationsResponse> ListOperations(ListOperationsRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Operations)(request));

        public override Task<Operation> GetOperation(GetOperationRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Operation)(request));

        public override Task<Operation> WaitOperation(WaitOperationRequest request, ServerCallContext context)
            => Scripted(script.Wait)(request, context);

        public override Task<Operation> CancelOperation(CancelOperationRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Cancel)(request));
    }

    private sealed class Access(Script script) : AccessService.AccessServiceBase
    {
        public override Task<IssueCertificateResponse> IssueCertificate(IssueCertificateRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Issue)(request));

        public override Task<ListCertificatesResponse> ListCertificates(ListCertificatesRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Certificates)());

        public override Task<Certificate> RevokeCertificate(RevokeCertificateRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Revoke)(request));

        public override Task<IssueKeyResponse> IssueKey(IssueKeyRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.IssueKey)(request));

        public override Task<ListKeysResponse> ListKeys(ListKeysRequest request, ServerCallContext context) => Task.FromResult(Scripted(script.Keys)());

        public override Task<ApiKey> UpdateKey(UpdateKeyRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.UpdateKey)(request));

        public override Task<ApiKey> RevokeKey(RevokeKeyRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.RevokeKey)(request));

        public override Task<ListKeyUsageResponse> ListKeyUsage(ListKeyUsageRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.KeyUsage)(request));

        public override Task<Caller> GetCaller(GetCallerRequest request, ServerCallContext context) => Task.FromResult(script.Caller(context));
    }

    private sealed class Audit(Script script) : AuditService.AuditServiceBase
    {
        public override Task<ListRecordsResponse> ListRecords(ListRecordsRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Records)(request));

        public override Task<VerifyChainResponse> VerifyChain(VerifyChainRequest request, ServerCallContext context)
            => Task.FromResult(Scripted(script.Verify)());
    }
}
