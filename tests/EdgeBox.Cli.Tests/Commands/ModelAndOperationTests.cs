using EdgeBox.V1;
using Grpc.Core;
using Xunit;

namespace EdgeBox.Cli.Tests.Commands;

public class ModelAndOperationTests
{
    [Fact]
    public async Task Load_RelativePathOverTheSocket_IsMadeAbsoluteAndFollowed()
    {
        await using var box = await ScriptedBox.StartAsync();
        LoadModelRequest? asked = null;
        var waits = 0;
        box.Script.Load = request =>
        {
            asked = request;
            return Samples.Running;
        };
        box.Script.Wait = (_, _) => Task.FromResult(++waits == 3 ? Samples.Succeeded : Samples.Running);
        var ran = await Cli.RunAsync(
            ["--endpoint", box.Endpoint, "model", "load", "llama.gguf", "--name", "chat", "--context", "8192", "--slots", "4", "--threads", "1"],
            new Surroundings { Directory = "/srv/models" });
        Assert.Equal((0, "Model chat is ready: 4 slots of 8192 tokens (loaded in 4.25 s).\n", "loading\n"), (ran.Code, ran.Output, ran.Error));
        Assert.Equal(("/srv/models/llama.gguf", "chat"), (asked!.Path, asked.Name));
        Assert.Equal(new LoadOptions { ContextTokens = 8192, Slots = 4, Threads = 1 }, asked.Options);
        Assert.Equal(3, waits);
    }

    [Fact]
    public async Task Load_OnATerminal_DrawsABarAndWipesIt()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Load = _ => Samples.Running;
        box.Script.Wait = (_, _) => Task.FromResult(Samples.Succeeded);
        var ran = await Cli.RunAsync(["--endpoint", box.Endpoint, "model", "load", "/x.gguf"], new Surroundings { Terminal = true, Width = 80 });
        Assert.Equal("\r\u001b[K[#############.................]  45% loading\r\u001b[K", ran.Error);
    }

    [Fact]
    public async Task Load_OperationFails_ExitsWithItsReason()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Load = _ => Samples.Running;
        box.Script.Wait = (_, _) => Task.FromResult(Samples.Failed);
        var ran = await Cli.RunAsync(box, "model", "load", "/x.gguf");
        Assert.Equal(3, ran.Code);
        Assert.Contains("edgeboxctl: The model needs 64.0 GiB; 8.0 GiB are free.\n", ran.Error, StringComparison.Ordinal);
        var json = await Cli.RunAsync(box, "--json", "model", "load", "/x.gguf");
        Assert.Equal((3, ""), (json.Code, json.Error));
        var details = json.Document.GetProperty("error").GetProperty("details")[0];
        Assert.Equal("MODEL_TOO_LARGE", details.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Load_NoWait_NamesTheOperation()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Load = _ => Samples.Running;
        var ran = await Cli.RunAsync(box, "model", "load", "/x.gguf", "--no-wait");
        Assert.Equal((0, "Begun as 7f3a. See it with: edgeboxctl operation show 7f3a\n"), (ran.Code, ran.Output));
        var json = await Cli.RunAsync(box, "--json", "model", "load", "/x.gguf", "--no-wait");
        Assert.Equal("OPERATION_STATE_RUNNING", json.Document.GetProperty("state").GetString());
    }

    [Fact]
    public async Task Wait_TimeRunsOut_SaysThatTheOperationGoesOn()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Operation = _ => Samples.Running;
        box.Script.Wait = async (_, context) =>
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return Samples.Running;
        };
        var ran = await Cli.RunAsync(box, "operation", "wait", "7f3a", "--timeout", "0.2s");
        Assert.Equal(7, ran.Code);
        Assert.Contains("operation 7f3a goes on", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unload_Name_IsMadeAFullOne()
    {
        await using var box = await ScriptedBox.StartAsync();
        var asked = "";
        box.Script.Unload = request =>
        {
            asked = request.Name;
            var operation = Samples.Succeeded;
            operation.Response = Google.Protobuf.WellKnownTypes.Any.Pack(new Model { Name = "models/chat", State = ModelState.Unloaded });
            return operation;
        };
        var ran = await Cli.RunAsync(box, "model", "unload", "chat");
        Assert.Equal((0, "Model chat is unloaded.\n", "models/chat"), (ran.Code, ran.Output, asked));
    }

    [Fact]
    public async Task Cancel_Ended_IsRefusedWithTheBoxsReason()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Cancel = _ => throw ScriptedBox.Refusal(
            ErrorReason.OperationNotCancellable, StatusCode.FailedPrecondition, "Operation 7f3a has succeeded.", ("operation", "operations/7f3a"), ("state", "SUCCEEDED"));
        var ran = await Cli.RunAsync(box, "--json", "operation", "cancel", "7f3a");
        Assert.Equal((3, "OPERATION_NOT_CANCELLABLE"), (ran.Code, ran.Document.GetProperty("error").GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task Json_ResponseOfAnUnknownType_LeavesTheRestReadable()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Operation = _ =>
        {
            var operation = Samples.Succeeded;
            operation.Response.TypeUrl = "type.googleapis.com/edgebox.v9.Later";
            return operation;
        };
        var ran = await Cli.RunAsync(box, "--json", "operation", "show", "7f3a");
        Assert.Equal((0, "operations/7f3a"), (ran.Code, ran.Document.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Json_Lists_AreTheContractsMessages()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Models = () => new ListModelsResponse { Models = { Samples.Broken, Samples.Ready } };
        box.Script.Status = _ => Samples.Status;
        var models = (await Cli.RunAsync(box, "--json", "model", "list")).Document.GetProperty("models");
        Assert.Equal("MODEL_FILE_INVALID", models[0].GetProperty("problem").GetProperty("details")[0].GetProperty("reason").GetString());
        Assert.Equal("12109565632", models[1].GetProperty("fileBytes").GetString());
        Assert.Equal(0, models[0].GetProperty("slots").GetInt32());
        var status = (await Cli.RunAsync(box, "status", "--json")).Document;
        Assert.Equal("HEALTH_DEGRADED", status.GetProperty("health").GetString());
        Assert.Equal("273906s", status.GetProperty("uptime").GetString());
    }

    [Theory]
    [InlineData(ErrorReason.PermissionDenied, StatusCode.PermissionDenied, 4)]
    [InlineData(ErrorReason.QueueFull, StatusCode.ResourceExhausted, 5)]
    [InlineData(ErrorReason.Internal, StatusCode.Internal, 1)]
    [InlineData(ErrorReason.DeadlineExceeded, StatusCode.DeadlineExceeded, 7)]
    public async Task Refusal_Reason_DecidesTheExitCode(ErrorReason reason, StatusCode code, int expected)
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Models = () => throw ScriptedBox.Refusal(reason, code, "No.");
        Assert.Equal(expected, (await Cli.RunAsync(box, "model", "list")).Code);
    }
}
