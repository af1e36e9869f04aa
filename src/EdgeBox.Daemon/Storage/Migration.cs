namespace EdgeBox.Daemon.Storage;

/// <summary>One step of the schema: frozen once released, and made so that the release before can still read and write the result.</summary>
/// <param name="Version">1, 2, 3 and so on without a gap.</param>
/// <param name="MinimumReader">The oldest schema version whose release may still open the database after this step.</param>
/// <param name="Sql">What it does.</param>
internal sealed record Migration(int Version, int MinimumReader, string Sql);

/// <summary>Every step in order. A new step is a new file and a new line here; an old one is never edited.</summary>
internal static class MigrationList
{
    /// <summary>Oldest first.</summary>
    public static IReadOnlyList<Migration> All { get; } =
    [
        Migrations.M0001Foundations.Step,
        Migrations.M0002Models.Step,
        Migrations.M0003CacheTokens.Step,
        Migrations.M0004Tasks.Step,
        Migrations.M0005Store.Step,
        Migrations.M0006ModelLife.Step,
        Migrations.M0007Aliases.Step,
        Migrations.M0008Acceptance.Step,
        Migrations.M0009ApiKeys.Step,
    ];
}
