using System.Buffers;
using System.Security.Cryptography;

namespace EdgeBox.Component.Tests.Canaries;

/// <summary>Random words that occur nowhere by chance, and the search for them in whatever a box leaves behind.</summary>
internal sealed class CanarySearch
{
    private const int Length = 24;

    /// <summary>So much of a canary is enough: what was cut short is found too.</summary>
    private const int Telling = 12;

    private const int Chunk = 1 << 22;
    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    private readonly SearchValues<string> _forms;
    private readonly int _longest;

    public CanarySearch(int count)
    {
        Canaries = [.. Enumerable.Range(0, count).Select(_ => RandomNumberGenerator.GetString(Letters, Length))];
        var forms = Canaries.SelectMany(FormsOf).ToList();
        _forms = SearchValues.Create([.. forms], StringComparison.Ordinal);
        _longest = forms.Max(form => form.Length);
    }

    /// <summary>The words.</summary>
    public IReadOnlyList<string> Canaries { get; }

    /// <summary>Whether any canary is in a text, in any form.</summary>
    public bool IsIn(string text) => IsIn(new MemoryStream(Encoding.UTF8.GetBytes(text)));

    /// <summary>Whether any canary is in bytes: as UTF-8, UTF-16 or base64.</summary>
    public bool IsIn(Stream bytes)
    {
        var buffer = new byte[Chunk];
        var text = new char[Chunk];
        var kept = 0;
        while (bytes.ReadAtLeast(buffer.AsSpan(kept), buffer.Length - kept, throwOnEndOfStream: false) is var read and > 0)
        {
            var length = kept + read;
            Encoding.Latin1.GetChars(buffer.AsSpan(0, length), text);
            if (text.AsSpan(0, length).ContainsAny(_forms))
            {
                return true;
            }

            kept = Math.Min(length, _longest - 1);
            buffer.AsSpan(length - kept, kept).CopyTo(buffer);
        }

        return false;
    }

    /// <summary>The files of folders and below that hold a canary.</summary>
    /// <param name="folders">Where to look.</param>
    /// <param name="except">Files that may hold them.</param>
    /// <param name="since">Files last written before this are left out.</param>
    /// <returns>Paths of findings, and how many files and bytes were read.</returns>
    public (IReadOnlyList<string> Found, int Files, long Bytes) Files(IEnumerable<string> folders, IReadOnlySet<string> except, DateTime since)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        var (found, files, bytes) = (new List<string>(), 0, 0L);
        foreach (var path in folders.SelectMany(folder => Directory.EnumerateFiles(folder, "*", options)).Where(path => !except.Contains(path)).Distinct())
        {
            try
            {
                if (File.GetLastWriteTimeUtc(path) < since || (File.GetUnixFileMode(path), new FileInfo(path).Length) is (_, 0))
                {
                    continue;
                }

                using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                if (stream.CanSeek)
                {
                    (files, bytes) = (files + 1, bytes + stream.Length);
                    found.AddRange(IsIn(stream) ? [path] : []);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Another program's file, which has gone or is a socket.
            }
        }

        return (found, files, bytes);
    }

    private static IEnumerable<string> FormsOf(string canary)
    {
        var told = canary[..Telling];
        yield return told;
        yield return Encoding.Latin1.GetString(Encoding.Unicode.GetBytes(told));
        // Base64 looks different by where in a group of three bytes the word begins; its ends depend on the neighbours.
        for (var shift = 0; shift < 3; shift++)
        {
            var encoded = Convert.ToBase64String([.. new byte[shift], .. Encoding.ASCII.GetBytes(told)]);
            yield return encoded[4..^4];
        }
    }
}
