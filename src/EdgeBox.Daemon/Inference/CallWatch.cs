using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>Follows the calls of one answer and tells pieces that no honest worker says: calls out of order, of tools that were not offered, without end.</summary>
internal sealed class CallWatch(Wire.Generate asked)
{
    private int _calls;

    /// <summary>Whether there was a call.</summary>
    public bool Any => _calls > 0;

    /// <summary>Takes the next piece; false if it cannot be one.</summary>
    public bool Accepts(Wire.CallDelta piece)
    {
        if (piece.Index == _calls && _calls < ConversationLimits.MaxCalls && IsOffered(piece.Name))
        {
            _calls++;
            return true;
        }

        return _calls > 0 && piece.Index == _calls - 1 && piece.Name.Length == 0;
    }

    private bool IsOffered(string name) => asked.Conversation?.Tools.Any(tool => tool.Name == name) ?? false;
}
