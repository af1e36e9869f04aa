using System.Text;
using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Tests.Constraints;

/// <summary>A vocabulary of a few pieces, a sign that shows nothing, and two tokens that end generation.</summary>
internal sealed class SmallVocabulary
{
    public SmallVocabulary(IEnumerable<byte[]> pieces)
    {
        Pieces = [.. pieces, [], [], []];
        Sign = Pieces.Count - 3;
        (End, OtherEnd) = (Pieces.Count - 2, Pieces.Count - 1);
        Table = new PieceTable(Pieces, new HashSet<int> { End, OtherEnd });
        Constraints = new GrammarConstraints(() => Table);
    }

    /// <summary>Every byte, and some longer pieces.</summary>
    public static SmallVocabulary OfBytesAnd(params string[] longer) =>
        new([.. Enumerable.Range(0, 256).Select(value => (byte[])[(byte)value]), .. longer.Select(Encoding.UTF8.GetBytes)]);

    public IReadOnlyList<byte[]> Pieces { get; }

    /// <summary>A token without a piece.</summary>
    public int Sign { get; }

    public int End { get; }

    public int OtherEnd { get; }

    public PieceTable Table { get; }

    public GrammarConstraints Constraints { get; }

    public GrammarConstraint Start(string gbnf) => (GrammarConstraint)Constraints.Create(gbnf);

    /// <summary>The tokens that a mask leaves.</summary>
    public List<int> Allowed(GrammarConstraint constraint)
    {
        var logits = new float[Pieces.Count];
        constraint.Mask(logits);
        return [.. Enumerable.Range(0, logits.Length).Where(token => logits[token] == 0)];
    }

    /// <summary>Whether a text is allowed byte by byte, and is complete then.</summary>
    public bool Matches(string gbnf, ReadOnlySpan<byte> text)
    {
        var constraint = Start(gbnf);
        foreach (var value in text)
        {
            if (!constraint.Allows(value))
            {
                return false;
            }

            constraint.Accept(value);
        }

        return constraint.Allows(End);
    }

    public bool Matches(string gbnf, string text) => Matches(gbnf, Encoding.UTF8.GetBytes(text));
}
