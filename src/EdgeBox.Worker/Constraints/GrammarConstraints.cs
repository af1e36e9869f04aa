using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Sampling;

namespace EdgeBox.Worker.Constraints;

/// <summary>Makes the constraints of a model's sequences, and remembers the grammars that were used last. Its members may be called from any thread.</summary>
internal sealed class GrammarConstraints
{
    private readonly Lock _gate = new();
    private readonly LinkedList<(string Text, CompiledGrammar Grammar)> _used = new();
    private readonly Dictionary<string, LinkedListNode<(string Text, CompiledGrammar Grammar)>> _known = [];
    private readonly MaskCache _cache = new(GrammarLimits.MaskBytes);
    private readonly Lazy<(PieceTable Pieces, TokenTable Table, MaskFinder Masks)> _tokens;

    /// <param name="pieces">Gives the tokens; called once, at the first grammar.</param>
    public GrammarConstraints(Func<PieceTable> pieces)
    {
        _tokens = new(() =>
        {
            var bytes = pieces();
            var table = new TokenTable(bytes);
            return (bytes, table, new MaskFinder(table, _cache));
        });
    }

    /// <summary>A constraint for one sequence, at its begin.</summary>
    /// <remarks>The first call takes a while (it sorts the vocabulary), and so may any text that is new: not for the thread that decodes.</remarks>
    /// <param name="gbnf">The text.</param>
    /// <param name="generated">Whether the worker made it itself, so that it may be larger than what a client may send.</param>
    /// <exception cref="GrammarException">The text is no grammar, or beyond a limit; the message says where and is fit for a client.</exception>
    public ITokenConstraint Create(string gbnf, bool generated = false) => Prepare(gbnf, [], generated)();

    /// <summary>Makes constraints for one sequence, each at its begin; to make one is cheap then.</summary>
    /// <param name="gbnf">The grammar.</param>
    /// <param name="ends">Tokens that may follow what is complete; none: those that end generation.</param>
    /// <param name="generated">As in <see cref="Create"/>.</param>
    /// <exception cref="GrammarException">As <see cref="Create"/>.</exception>
    public Func<ITokenConstraint> Prepare(string gbnf, IReadOnlyList<int> ends, bool generated = false)
    {
        var grammar = Find(gbnf) ?? Keep(gbnf, new CompiledGrammar(Grammar.Parse(gbnf, generated), _cache));

        var (pieces, table, masks) = _tokens.Value;
        int[] last = ends.Count > 0 ? [.. ends] : [.. table.EndTokens];
        return () => new GrammarConstraint(grammar, masks, last, pieces);
    }

    private CompiledGrammar? Find(string gbnf)
    {
        lock (_gate)
        {
            if (!_known.TryGetValue(gbnf, out var node))
            {
                return null;
            }

            _used.Remove(node);
            _used.AddFirst(node);
            return node.Value.Grammar;
        }
    }

    /// <summary>Remembers a grammar, unless another thread has remembered the same meanwhile; returns the one to use.</summary>
    private CompiledGrammar Keep(string gbnf, CompiledGrammar grammar)
    {
        lock (_gate)
        {
            if (_known.TryGetValue(gbnf, out var other))
            {
                return other.Value.Grammar;
            }

            _known.Add(gbnf, _used.AddFirst((gbnf, grammar)));
            if (_used.Count > GrammarLimits.Compiled)
            {
                _known.Remove(_used.Last!.Value.Text);
                _used.RemoveLast();
            }

            return grammar;
        }
    }
}
