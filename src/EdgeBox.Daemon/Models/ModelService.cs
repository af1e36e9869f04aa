using EdgeBox.Daemon.Access;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Models.Aliases;
using EdgeBox.Daemon.Models.Store;
using EdgeBox.Daemon.Tasks;
using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Daemon.Models;

/// <summary>The wire face of the models.</summary>
internal sealed class ModelService(
    ModelRegistry models, ModelLibrary library, AliasRegistry aliases, ModelDoor door, TaskRegistry tasks, ModelRecords records, IHostApplicationLifetime lifetime)
    : V1.ModelService.ModelServiceBase
{
    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context)
    {
        var response = new ListModelsResponse();
        response.Models.AddRange(models.List().Select(entry => Tell(entry.Describe())));
        return Task.FromResult(response);
    }

    public override Task<Model> GetModel(GetModelRequest request, ServerCallContext context) =>
        Task.FromResult(Tell(models.Get(request.Name).Describe()));

    public override Task<Operation> LoadModel(LoadModelRequest request, ServerCallContext context) =>
        models.LoadAsync(request, context.GetCaller().Identity);

    public override Task<Operation> UnloadModel(UnloadModelRequest request, ServerCallContext context) =>
        models.UnloadAsync(request.Name, context.GetCaller().Identity);

    public override Task<MemoryEstimate> EstimateModel(EstimateModelRequest request, ServerCallContext context) =>
        records.Estimates.EstimateAsync(request, context.CancellationToken);

    public override Task<Operation> ImportModel(ImportModelRequest request, ServerCallContext context) =>
        library.ImportAsync(request, context.GetCaller().Identity);

    public override Task<Operation> VerifyModel(VerifyModelRequest request, ServerCallContext context) =>
        library.VerifyAsync(ModelName.Parse(request.Name, "name"), context.GetCaller().Identity);

    public override Task<RemoveModelResponse> RemoveModel(RemoveModelRequest request, ServerCallContext context) =>
        library.RemoveAsync(ModelName.Parse(request.Name, "name"), context.GetCaller().Identity);

    public override Task<V1.ModelStore> GetModelStore(GetModelStoreRequest request, ServerCallContext context) => Task.FromResult(library.Describe());

    public override async Task<Model> PinModel(PinModelRequest request, ServerCallContext context) =>
        Tell((await models.PinAsync(request.Name, pinned: true, context.GetCaller().Identity)).Describe());

    public override async Task<Model> UnpinModel(UnpinModelRequest request, ServerCallContext context) =>
        Tell((await models.PinAsync(request.Name, pinned: false, context.GetCaller().Identity)).Describe());

    public override async Task WatchModels(WatchModelsRequest request, IServerStreamWriter<Model> responseStream, ServerCallContext context)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await using var changes = models.WatchAsync(request.Name, either.Token).GetAsyncEnumerator(either.Token);
            var next = changes.MoveNextAsync().AsTask();
            await context.WriteResponseHeadersAsync([]); // Whoever has them misses nothing from here on.
            while (await next)
            {
                await responseStream.WriteAsync(Tell(changes.Current), either.Token);
                next = changes.MoveNextAsync().AsTask();
            }
        }
        catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
        {
            throw new FailureException(ErrorReason.ShuttingDown, "The box is stopping. Watch again when it is back.");
        }
    }

    public override Task<ListAliasesResponse> ListAliases(ListAliasesRequest request, ServerCallContext context) =>
        Task.FromResult(new ListAliasesResponse { Aliases = { aliases.List() } });

    public override Task<Operation> SetAlias(SetAliasRequest request, ServerCallContext context) =>
        aliases.SetAsync(request, context.GetCaller().Identity);

    public override Task<Operation> RollbackAlias(RollbackAliasRequest request, ServerCallContext context) =>
        aliases.RollbackAsync(request, context.GetCaller().Identity);

    public override async Task<DeleteAliasResponse> DeleteAlias(DeleteAliasRequest request, ServerCallContext context)
    {
        await aliases.DeleteAsync(request, context.GetCaller().Identity);
        return new DeleteAliasResponse();
    }

    public override Task<ListTasksResponse> ListTasks(ListTasksRequest request, ServerCallContext context)
    {
        var model = door.Choose(request.Model, context.GetCaller().Identity, BuiltInAliases.Chat);
        return Task.FromResult(new ListTasksResponse { Tasks = { tasks.List(model.Name.ToString(), model.Installed?.Manifest) } });
    }

    public override Task<TaskPreset> SetTask(SetTaskRequest request, ServerCallContext context) =>
        tasks.SetAsync(door.Choose(request.Model, context.GetCaller().Identity, BuiltInAliases.Chat).Name.ToString(), request.Task, context.GetCaller().Identity);

    public override async Task<ResetTaskResponse> ResetTask(ResetTaskRequest request, ServerCallContext context)
    {
        var model = door.Choose(request.Model, context.GetCaller().Identity, BuiltInAliases.Chat);
        await tasks.ResetAsync(model.Name.ToString(), request.Name, context.GetCaller().Identity, model.Installed?.Manifest);
        return new ResetTaskResponse();
    }

    public override Task<Operation> TestModel(TestModelRequest request, ServerCallContext context) =>
        records.Acceptance.TestAsync(request, context.GetCaller().Identity);

    public override Task<ListAcceptanceReportsResponse> ListAcceptanceReports(ListAcceptanceReportsRequest request, ServerCallContext context) =>
        Task.FromResult(records.Acceptance.List(request));

    public override Task<AcceptanceReport> GetAcceptanceReport(GetAcceptanceReportRequest request, ServerCallContext context) =>
        Task.FromResult(records.Acceptance.Get(request.Name));

    public override Task<ModelHistory> GetModelHistory(GetModelHistoryRequest request, ServerCallContext context) =>
        records.History.GetAsync(request, context.CancellationToken);

    /// <summary>Adds to a model what others know of it.</summary>
    private Model Tell(Model model) => records.Acceptance.Tell(aliases.Tell(model));
}
