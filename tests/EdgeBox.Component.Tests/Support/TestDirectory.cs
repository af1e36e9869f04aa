
[assembly: AssemblyFixture(typeof(TestDirectory))]

namespace EdgeBox.Component.Tests.Support;

/// <summary>Where the boxes of a test run live; gone at its end.</summary>
public sealed class TestDirectory : IDisposable
{
    private static readonly Lazy<string> s_root = new(() =>
    {
        var root = Directory.CreateTempSubdirectory("edgebox-run-").FullName;
        // Tests play other users: each directory below says itself who may enter.
        File.SetUnixFileMode(root, (UnixFileMode)0b111_001_001);
        return root;
    });

    private static int s_made;

    /// <summary>Makes a directory that only this user may enter, with a path short enough for sockets in it.</summary>
    public static string Make() => Directory.CreateDirectory(
        Path.Combine(s_root.Value, Interlocked.Increment(ref s_made).ToString(CultureInfo.InvariantCulture)), (UnixFileMode)0b111_000_000).FullName;

    public void Dispose()
    {
        if (s_root.IsValueCreated)
        {
            Directory.Delete(s_root.Value, recursive: true);
        }
    }
}
