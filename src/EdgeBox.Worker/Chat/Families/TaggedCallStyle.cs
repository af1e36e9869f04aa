namespace EdgeBox.Worker.Chat.Families;

/// <summary>The tags of calls.</summary>
/// <param name="BeforeName">Before the tool's name.</param>
/// <param name="AfterName">Behind it.</param>
/// <param name="BeforeKey">Before the name of an argument.</param>
/// <param name="AfterKey">Behind it.</param>
/// <param name="BeforeValue">Before its value.</param>
/// <param name="AfterValue">Behind it.</param>
/// <param name="End">Behind the last.</param>
internal sealed record TaggedCallStyle(
    string BeforeName, string AfterName, string BeforeKey, string AfterKey, string BeforeValue, string AfterValue, string End)
{
    /// <summary>Whether lines are broken around tags.</summary>
    public bool Breaks { get; init; }
}
