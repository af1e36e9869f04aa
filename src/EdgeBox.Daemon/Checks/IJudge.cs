namespace EdgeBox.Daemon.Checks;

/// <summary>One thing that an answer must be. Holds no state of an answer: the same judge may judge many at once.</summary>
internal interface IJudge
{
    /// <summary>What is checked, in words for people.</summary>
    string Name { get; }

    /// <summary>What is wrong with an answer, in words that the model is told; null: nothing.</summary>
    /// <param name="answer">What the model said.</param>
    /// <param name="input">What it was said to.</param>
    string? Judge(string answer, string input);
}
