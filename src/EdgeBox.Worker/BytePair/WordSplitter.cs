namespace EdgeBox.Worker.BytePair;

/// <summary>Cuts a text into words, as the engine's expressions do, in time that grows with its length alone.</summary>
internal sealed class WordSplitter(WordRules rules)
{
    /// <summary>The length of the first word of a text that is not empty.</summary>
    public int First(ReadOnlySpan<char> text)
    {
        if (rules.Contractions == Contractions.Apart && Contraction(text) is > 0 and var contraction)
        {
            return contraction;
        }

        var kind = Characters.At(text, 0, out var length);
        if (kind == CharacterKind.Number)
        {
            return Number(text);
        }

        // One character that is neither letter nor digit nor newline belongs to the word behind it.
        var start = IsLetter(kind) || text[0] is '\r' or '\n' ? 0 : length;
        var word = rules.SplitsCases ? CasedWord(text, start) : Letters(text, start);
        if (word > start)
        {
            return word;
        }

        var others = Others(text);
        return others > 0 ? others : WhiteSpace(text);
    }

    private bool IsLetter(CharacterKind kind) => kind == CharacterKind.Letter || (kind == CharacterKind.Mark && rules.MarksAreLetters);

    private int Number(ReadOnlySpan<char> text)
    {
        var end = 0;
        for (var digit = 0; digit < rules.Digits && Characters.At(text, end, out var length) == CharacterKind.Number; digit++)
        {
            end += length;
        }

        return end;
    }

    private int Letters(ReadOnlySpan<char> text, int start)
    {
        var end = start;
        while (IsLetter(Characters.At(text, end, out var length)))
        {
            end += length;
        }

        return end;
    }

    /// <summary>Capital letters, then small ones; a letter outside ASCII is both.</summary>
    private int CasedWord(ReadOnlySpan<char> text, int start)
    {
        var (end, lastOfBoth) = (start, start);
        int length;
        while (Characters.At(text, end, out length) == CharacterKind.Letter && !char.IsAsciiLetterLower(text[end]))
        {
            end += length;
            lastOfBoth = char.IsAsciiLetterUpper(text[end - length]) ? lastOfBoth : end;
        }

        if (Characters.At(text, end, out length) == CharacterKind.Letter)
        {
            while (Characters.At(text, end, out length) == CharacterKind.Letter && !char.IsAsciiLetterUpper(text[end]))
            {
                end += length;
            }
        }
        else if (lastOfBoth > start)
        {
            // A word that can end in a small letter does: capitals behind it are the next one's.
            end = lastOfBoth;
        }

        return end > start && rules.Contractions == Contractions.Attached ? end + Contraction(text[end..]) : end;
    }

    /// <summary>The length of the contraction that a text begins with; 0 if it begins with none.</summary>
    private static int Contraction(ReadOnlySpan<char> text) => text switch
    {
        ['\'', 's' or 'S' or 't' or 'T' or 'm' or 'M' or 'd' or 'D', ..] => 2,
        ['\'', 'r' or 'R' or 'v' or 'V', 'e' or 'E', ..] => 3,
        ['\'', 'l' or 'L', 'l' or 'L', ..] => 3,
        _ => 0,
    };

    /// <summary>Punctuation and the like, with a space before it and newlines behind it; 0 if the text begins otherwise.</summary>
    private int Others(ReadOnlySpan<char> text)
    {
        var start = text[0] == ' ' ? 1 : 0;
        var end = start;
        while (Characters.At(text, end, out var length) is var kind && (kind == CharacterKind.Other || (kind == CharacterKind.Mark && !rules.MarksAreLetters)))
        {
            end += length;
        }

        if (end == start)
        {
            return 0;
        }

        while (end < text.Length && (text[end] is '\r' or '\n' || (rules.SplitsCases && text[end] == '/')))
        {
            end++;
        }

        return end;
    }

    /// <summary>White space up to its last newline; where there is none, all of it but the one character that belongs to the word behind it.</summary>
    private static int WhiteSpace(ReadOnlySpan<char> text)
    {
        var (end, newline) = (0, 0);
        while (Characters.At(text, end, out _) == CharacterKind.Space)
        {
            end++;
            newline = text[end - 1] is '\r' or '\n' ? end : newline;
        }

        if (newline > 0)
        {
            return newline;
        }

        return end > 1 && end < text.Length ? end - 1 : end;
    }
}
