namespace EdgeBox.Worker.Sampling;

/// <summary>A token that may be chosen, with its logit or the logarithm of its probability.</summary>
internal readonly record struct Candidate(float Value, int Token) : IComparable<Candidate>
{
    /// <summary>The larger value first; of equals the lower token first.</summary>
    public int CompareTo(Candidate other)
    {
        var byValue = other.Value.CompareTo(Value);
        return byValue != 0 ? byValue : Token.CompareTo(other.Token);
    }
}
