using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Daemon.Models.Acceptance;

/// <summary>Says of what bytes a model is: as its manifest has it, or by reading its files.</summary>
internal static class PartHashes
{
    private const int Chunk = 1 << 20;

    /// <summary>SHA-256 of each part, in order.</summary>
    public static Task<IReadOnlyList<string>> OfAsync(ModelEntry entry, CancellationToken cancellation) => entry.Installed is { } installed
        ? Task.FromResult<IReadOnlyList<string>>([.. installed.Manifest.Parts.Select(part => part.Sha256)])
        : Task.Run<IReadOnlyList<string>>(() => [.. (entry.File?.Handles ?? []).Select(part => HashOf(part, cancellation))], cancellation);

    private static string HashOf(SafeFileHandle part, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[Chunk];
        long at = 0;
        int read;
        while ((read = RandomAccess.Read(part, buffer, at)) > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, read);
            at += read;
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
