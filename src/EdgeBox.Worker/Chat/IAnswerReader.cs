namespace EdgeBox.Worker.Chat;

/// <summary>What kind of text a model makes.</summary>
internal enum TextKind
{
    Answer,
    Reasoning,

    /// <summary>Said to the person before a call.</summary>
    Preamble,
}

/// <summary>Where in an answer the next token stands.</summary>
internal enum AnswerPlace
{
    /// <summary>Headers and signs, or a place where several things may follow.</summary>
    Structure,
    Reasoning,
    Preamble,
    Answer,

    /// <summary>In a call: its arguments, or its name and arguments where the format has both in one.</summary>
    Call,
}

/// <summary>Takes the parts of an answer as they are read.</summary>
internal interface IAnswerSink
{
    /// <summary>More text; characters may be cut between calls of the same kind.</summary>
    void Text(ReadOnlySpan<byte> bytes, TextKind kind);

    /// <summary>A message ended: what follows is another, even of the same kind.</summary>
    void EndMessage();

    /// <summary>A call begins.</summary>
    void BeginCall(string tool);

    /// <summary>More of the arguments of the call; characters may be cut.</summary>
    void Arguments(ReadOnlySpan<byte> bytes);

    /// <summary>The call is complete.</summary>
    void EndCall();

    /// <summary>The model did something against its format, which was read nonetheless.</summary>
    /// <param name="name">Which of the oddities in docs/formats.md: words with underscores.</param>
    void Oddity(string name);
}

/// <summary>Reads one answer token by token. It never throws and loses no text, whatever the tokens are.</summary>
internal interface IAnswerReader
{
    /// <summary>Where the next token stands.</summary>
    AnswerPlace Place { get; }

    /// <summary>At <see cref="AnswerPlace.Call"/>: the tool whose arguments follow; null if the name is among what follows.</summary>
    string? Tool { get; }

    /// <summary>The tokens that end what is at <see cref="AnswerPlace.Call"/>; none: those that end generation.</summary>
    IReadOnlyList<int> CallEnds { get; }

    /// <summary>
    /// Whether a token may come at <see cref="AnswerPlace.Structure"/> where the form of the answer is enforced: a required call, none
    /// where none is wanted, an answer that is constrained and so must not begin without its header.
    /// At <see cref="AnswerPlace.Answer"/>: whether it begins something else than the answer, thinking or a call, and so may come
    /// whatever the answer has to be, and is none of it.
    /// </summary>
    bool MayFollow(int token, ReadOnlySpan<byte> piece);

    /// <summary>Whether the family's own sign for the end of the answer has come, which need not end generation: nothing more is wanted.</summary>
    bool IsOver => false;

    /// <summary>Reads a token and the bytes that it shows.</summary>
    void Read(int token, ReadOnlySpan<byte> piece, IAnswerSink sink);

    /// <summary>Ends the answer; what was held back is told.</summary>
    void Finish(IAnswerSink sink);
}
