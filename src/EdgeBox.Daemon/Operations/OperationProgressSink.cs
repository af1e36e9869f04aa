using EdgeBox.V1;

namespace EdgeBox.Daemon.Operations;

/// <summary>Where the work of an operation says how far it is: named stages, weighted by the time that they are expected to take.</summary>
internal sealed class OperationProgressSink
{
    private readonly Lock _lock = new();
    private (string Name, double Weight)[] _stages = [];
    private double _before;
    private double _weight;
    private OperationProgress _now = new();

    /// <summary>How far it is. The fraction never shrinks while a plan stands.</summary>
    public OperationProgress Now
    {
        get
        {
            lock (_lock)
            {
                return _now;
            }
        }
    }

    /// <summary>Says which stages there will be and how long each takes in relation to the others.</summary>
    public void Plan(params (string Name, double Weight)[] stages)
    {
        lock (_lock)
        {
            var total = stages.Sum(s => s.Weight);
            _stages = [.. stages.Select(s => (s.Name, s.Weight / total))];
        }
    }

    /// <summary>Begins a stage of the plan; those before it are done.</summary>
    /// <exception cref="ArgumentException">The plan has no such stage.</exception>
    public void Enter(string stage)
    {
        lock (_lock)
        {
            var index = Array.FindIndex(_stages, s => s.Name == stage);
            if (index < 0)
            {
                throw new ArgumentException($"The plan has no stage '{stage}'.", nameof(stage));
            }

            _before = _stages[..index].Sum(s => s.Weight);
            _weight = _stages[index].Weight;
            _now = new OperationProgress { Stage = stage, Fraction = Math.Max(_now.Fraction, _before) };
        }
    }

    /// <summary>Says how much of the present stage is done.</summary>
    /// <param name="fraction">0 to 1; what lies outside counts as the nearer end.</param>
    public void Report(double fraction)
    {
        lock (_lock)
        {
            var overall = _before + (_weight * Math.Clamp(double.IsNaN(fraction) ? 0 : fraction, 0, 1));
            _now = new OperationProgress { Stage = _now.Stage, Fraction = Math.Min(1, Math.Max(_now.Fraction, overall)) };
        }
    }

    /// <summary>All of it is done.</summary>
    public void Finish()
    {
        lock (_lock)
        {
            _now = new OperationProgress { Stage = _now.Stage, Fraction = 1 };
        }
    }
}
