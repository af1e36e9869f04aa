using System.Runtime.InteropServices;

namespace EdgeBox.Worker.Caching;

/// <summary>Counts the cells that sequences hold, each once, however many sequences share it.</summary>
internal sealed class CellLedger
{
    private readonly int[] _holders;
    private readonly Stack<int> _free;
    private readonly List<int>[] _sequences;

    public CellLedger(int cells, int sequences)
    {
        Cells = cells;
        _holders = new int[cells];
        _free = new Stack<int>(Enumerable.Range(0, cells).Reverse());
        _sequences = [.. Enumerable.Range(0, sequences).Select(_ => new List<int>())];
    }

    /// <summary>Cells in all.</summary>
    public int Cells { get; }

    /// <summary>Cells that a sequence holds.</summary>
    public int Used => Cells - _free.Count;

    /// <summary>Tokens of a sequence.</summary>
    public int Length(int sequence) => _sequences[sequence].Count;

    /// <summary>Gives a sequence cells for further tokens.</summary>
    /// <exception cref="InvalidOperationException">There are not so many: what was planned and what was used differ.</exception>
    public void Extend(int sequence, int tokens)
    {
        if (tokens > _free.Count)
        {
            throw new InvalidOperationException($"{tokens} cells are needed and {_free.Count} of {Cells} are free.");
        }

        for (var i = 0; i < tokens; i++)
        {
            var cell = _free.Pop();
            _holders[cell] = 1;
            _sequences[sequence].Add(cell);
        }
    }

    /// <summary>Lets an empty sequence have the first cells of another one.</summary>
    public void Share(int source, int target, int length)
    {
        foreach (var cell in CollectionsMarshal.AsSpan(_sequences[source])[..length])
        {
            _holders[cell]++;
            _sequences[target].Add(cell);
        }
    }

    /// <summary>Takes from a sequence all but its first cells.</summary>
    public void Cut(int sequence, int length)
    {
        var cells = _sequences[sequence];
        foreach (var cell in CollectionsMarshal.AsSpan(cells)[length..])
        {
            if (--_holders[cell] == 0)
            {
                _free.Push(cell);
            }
        }

        cells.RemoveRange(length, cells.Count - length);
    }
}
