using EdgeBox.Daemon.Access;
using EdgeBox.Daemon.Models.Store;
using EdgeBox.Daemon.Tasks;
using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Daemon.Models;

/// <summary>The wire face of the models.</summary>
internal sealed class ModelService(ModelRegistry models, ModelLibrary library, TaskRegistry tasks) : V1.ModelService.ModelServiceBase
{
    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context)
    {
        var response = new ListModelsResponse();
        var served = models.List();
        response.Models.AddRange(served.Select(entry => entry.Describe())
            .Concat(library.List().ExceptBy(served.Select(entry => entry.Name), model => model.Name).Select(model => model.Describe()))
            .OrderBy(model => model.Name, StringComparer.Ordinal));
        return Task.FromResult(response);
    }

    public override Task<Model> GetModel(GetModelRequest request, ServerCallContext context) =>
        Task.FromResult(library.Find(ModelName.Parse(request.Name, "name")) is { } installed && models.List().All(entry => entry.Name != installed.Name)
            ? installed.Describe()
            : models.Get(request.Name).Describe());

    public override Task<Operation> LoadModel(LoadModelRequest request, ServerCallContext context) =>
        models.LoadAsync(request, context.GetCaller().Identity);

    public override Task<Operation> UnloadModel(UnloadModelRequest request, ServerCallContext context) =>
        models.UnloadAsync(request.Name, context.GetCaller().Identity);

    public override Task<Operation> ImportModel(ImportModelRequest request, ServerCallContext context) =>
        library.ImportAsync(request, context.GetCaller().Identity);

    public override Task<Operation> VerifyModel(VerifyModelRequest request, ServerCallContext context) =>
        library.VerifyAsync(ModelName.Parse(request.Name, "name"), context.GetCaller().Identity);

    public override Task<RemoveModelResponse> RemoveModel(RemoveModelRequest request, ServerCallContext context) =>
        library.RemoveAsync(ModelName.Parse(request.Name, "name"), context.GetCaller().Identity);

    public override Task<V1.ModelStore> GetModelStore(GetModelStoreRequest request, ServerCallContext context) => Task.FromResult(library.Describe());

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
