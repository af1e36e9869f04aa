namespace EdgeBox.Daemon.Inference;

/// <summary>What a look at a worker found.</summary>
internal enum Liveness
{
    /// <summary>It works, waits for work, or is merely starved of processor time.</summary>
    Alive,

    /// <summary>It is stuck in the kernel (state D): killing does not help, only a reset of the device or a reboot.</summary>
    Stuck,

    /// <summary>It has work and makes no progress: kill it.</summary>
    Hung,
}

/// <summary>Tells a hung worker from a starved one, by the progress of its decode loop and the processor time it used.</summary>
internal sealed class ProgressWatch(TimeProvider time, TimeSpan patience)
{
    /// <summary>A step may take this many times the patience before a worker that was given the processor counts as hung.</summary>
    private const int ComputingFactor = 10;

    private ulong _steps;
    private TimeSpan _processorTime;
    private TimeSpan _processorTimeAtStep;
    private long _lastStep = time.GetTimestamp();
    private long _lastSign = time.GetTimestamp();

    /// <summary>Judges one sample.</summary>
    /// <param name="busy">Whether it has work to do (also while it loads).</param>
    /// <param name="steps">Steps of its decode loop, or any count that grows with progress.</param>
    /// <param name="processorTime">Processor time that the process has used.</param>
    /// <param name="state">State letter of /proc/PID/stat.</param>
    public Liveness Judge(bool busy, ulong steps, TimeSpan processorTime, char state)
    {
        var now = time.GetTimestamp();
        var moved = steps != _steps || !busy;
        // Runnable but not running is starved, not hung: nobody gave it the processor.
        if (moved || processorTime > _processorTime || state == 'R')
        {
            _lastSign = now;
        }

        if (moved)
        {
            _lastStep = now;
            _processorTimeAtStep = processorTime;
        }

        _steps = steps;
        _processorTime = processorTime;
        var silent = time.GetElapsedTime(_lastSign, now);
        var stepping = time.GetElapsedTime(_lastStep, now);
        // One that computes for ever is hung as well; one that nobody let compute is not, however long that takes.
        var spinning = stepping >= patience * ComputingFactor && processorTime - _processorTimeAtStep >= patience;
        if (silent < patience && !spinning)
        {
            return Liveness.Alive;
        }

        return state == 'D' ? Liveness.Stuck : Liveness.Hung;
    }
}
