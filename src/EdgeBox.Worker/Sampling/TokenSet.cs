namespace EdgeBox.Worker.Sampling;

/// <summary>Some tokens of a vocabulary.</summary>
internal sealed class TokenSet(int vocabulary)
{
    private readonly ulong[] _bits = new ulong[(vocabulary + 63) / 64];

    /// <summary>Whether a token is among them; one outside the vocabulary is not.</summary>
    public bool Contains(int token) => (uint)token < (uint)vocabulary && (_bits[token >> 6] & (1UL << (token & 63))) != 0;

    /// <summary>Puts a token in.</summary>
    public void Add(int token)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)token, (uint)vocabulary, nameof(token));
        _bits[token >> 6] |= 1UL << (token & 63);
    }
}
