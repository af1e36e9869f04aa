namespace EdgeBox.Worker.BytePair;

/// <summary>What a character is to the rules that cut a text into words.</summary>
internal enum CharacterKind : byte
{
    /// <summary>There is none: the text has ended.</summary>
    None,
    Other,
    Letter,
    Mark,
    Number,
    Space,
}
