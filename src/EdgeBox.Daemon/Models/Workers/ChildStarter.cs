using EdgeBox.Daemon.Inference;
using EdgeBox.Platform.Processes;

namespace EdgeBox.Daemon.Models.Workers;

/// <summary>Starts workers as sandboxed children of the daemon. Nothing but the sandbox bounds their memory.</summary>
internal sealed class ChildStarter : IWorkerStarter
{
    public IWorkerProcess Start(WorkerOrder order)
    {
        try
        {
            return new ChildWorker(SandboxedProcess.Start(WorkerSandbox.Of(order.Program, order.Packs, order.Files)));
        }
        catch (Exception refused) when (refused is SandboxUnavailableException or ProcessStartException)
        {
            throw WorkerStart.Failed(refused.Message);
        }
    }

    /// <summary>A sandboxed process as the supervisor sees it.</summary>
    private sealed class ChildWorker(SandboxedProcess process) : IWorkerProcess
    {
        public int Pid => process.Pid;

        public Stream Channel => process.Channel;

        public Task<WorkerExit> Exited { get; } = WaitAsync(process);

        public string StderrTail => process.StderrTail;

        public void Kill() => process.Kill();

        public WorkerSample? Sample() => WorkerSample.Of(process.ReadState());

        public ValueTask DisposeAsync() => process.DisposeAsync();

        private static async Task<WorkerExit> WaitAsync(SandboxedProcess process) => new((await process.Exited).Description);
    }
}
