using EdgeBox.Daemon.Access;
using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Daemon.Models;

/// <summary>The wire face of the models.</summary>
internal sealed class ModelService(ModelRegistry models) : V1.ModelService.ModelServiceBase
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
}
