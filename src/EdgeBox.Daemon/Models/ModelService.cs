using EdgeBox.Daemon.Access;
using EdgeBox.Daemon.Models.Planning;
using EdgeBox.Daemon.Tasks;
using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Daemon.Models;

/// <summary>The wire face of the models.</summary>
internal sealed class ModelService(ModelRegistry models, TaskRegistry tasks, ModelEstimates estimates) : V1.ModelService.ModelServiceBase
{
    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context)
    {
        var response = new ListModelsResponse();
        response.Models.AddRange(models.List().Select(entry => entry.Describe()));
        return Task.FromResult(response);
    }

    public override Task<Model> GetModel(GetModelRequest request, ServerCallContext context) =>
        Task.FromResult(models.Get(request.Name).Describe());

    public override Task<Operation> LoadModel(LoadModelRequest request, ServerCallContext context) =>
        models.LoadAsync(request, context.GetCaller().Identity);

    public override Task<Operation> UnloadModel(UnloadModelRequest request, ServerCallContext context) =>
        models.UnloadAsync(request.Name, context.GetCaller().Identity);

    public override Task<MemoryEstimate> EstimateModel(EstimateModelRequest request, ServerCallContext context) =>
        estimates.EstimateAsync(request, context.CancellationToken);

    public override Task<ListTasksResponse> ListTasks(ListTasksRequest request, ServerCallContext context) =>
        Task.FromResult(new ListTasksResponse { Tasks = { tasks.List(models.Choose(request.Model)) } });

    public override Task<TaskPreset> SetTask(SetTaskRequest request, ServerCallContext context) =>
        tasks.SetAsync(models.Choose(request.Model), request.Task, context.GetCaller().Identity);

    public override async Task<ResetTaskResponse> ResetTask(ResetTaskRequest request, ServerCallContext context)
    {
        await tasks.ResetAsync(models.Choose(request.Model), request.Name, context.GetCaller().Identity);
        return new ResetTaskResponse();
    }
}
