namespace EdgeBox.Trust.Gguf;

/// <summary>What the validator says of a model file.</summary>
public abstract record GgufVerdict;

/// <summary>The file may be given to the engine.</summary>
public sealed record GgufAccepted(GgufSummary Summary) : GgufVerdict;

/// <summary>The file must not be given to the engine.</summary>
/// <param name="Problem">What kind of fault it is.</param>
/// <param name="Key">The key at fault, if it is one.</param>
/// <param name="Tensor">The tensor at fault, if it is one.</param>
/// <param name="Message">What was wrong and what would be right, in words for a person.</param>
public sealed record GgufRejected(GgufProblem Problem, string? Key, string? Tensor, string Message) : GgufVerdict
{
    internal static GgufRejected File(GgufProblem problem, string message) => new(problem, null, null, message);

    internal static GgufRejected OfKey(GgufProblem problem, string key, string message) =>
        new(problem, key, null, message.Contains(key, StringComparison.Ordinal) ? message : $"{key}: {message}");

    internal static GgufRejected OfTensor(GgufProblem problem, string tensor, string message) => new(problem, null, tensor, message);
}
