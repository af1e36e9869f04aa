namespace EdgeBox.Worker.Sampling;

/// <summary>Says which tokens may come next in one sequence. It belongs to the sequence and is used by one thread at a time.</summary>
internal interface ITokenConstraint
{
    /// <summary>Whether a token may come next. A token that ends generation may come when what is there is complete.</summary>
    bool Allows(int token);

    /// <summary>Sets the logits of all tokens that may not come next to minus infinity.</summary>
    void Mask(Span<float> logits);

    /// <summary>Notes a token that was chosen; it must be allowed.</summary>
    void Accept(int token);
}
