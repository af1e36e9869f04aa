namespace EdgeBox.Daemon.Storage.Migrations;

/// <summary>How large the KV cache of a model shall be; a release that does not know it takes it to be as large as slots times context.</summary>
internal static class M0003CacheTokens
{
    /// <summary>The step.</summary>
    public static Migration Step { get; } = new(Version: 3, MinimumReader: 1, """
        ALTER TABLE models ADD COLUMN cache_tokens INTEGER NOT NULL DEFAULT 0;
        """);
}
