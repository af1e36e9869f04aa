using System.Globalization;

namespace EdgeBox.Worker.Constraints;

/// <summary>A grammar is malformed or beyond a limit; the message is fit for the client that wrote it.</summary>
internal sealed class GrammarException : Exception
{
    /// <summary>Something is wrong at a place of the text.</summary>
    public GrammarException(int line, int column, string problem)
        : base(string.Create(CultureInfo.InvariantCulture, $"line {line}, column {column}: {problem}"))
    {
        Line = line;
        Column = column;
    }

    /// <summary>The grammar cannot be followed any further.</summary>
    public GrammarException(string problem)
        : base(problem)
    {
    }

    /// <summary>Where, counted from 1; 0 if it is no place of the text.</summary>
    public int Line { get; }

    /// <summary>The character in the line, counted from 1; 0 if it is no place of the text.</summary>
    public int Column { get; }
}
