using System.Text;
using EdgeBox.Cli.Rendering;

namespace EdgeBox.Cli.Commands;

/// <summary>A file that did not exist before, and does not stay unless it is filled.</summary>
internal sealed class NewFile : IDisposable
{
    private readonly FileStream _stream;
    private bool _kept;

    public NewFile(string directory, string name, bool secret)
    {
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Directory.CreateDirectory(directory, owner | UnixFileMode.UserExecute);
        Path = System.IO.Path.Combine(directory, name);
        if (File.Exists(Path))
        {
            throw new CliFailure(ClientReasons.FileExists, $"{Path} exists and is not overwritten.", ("path", Path));
        }
        _stream = new FileStream(Path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = secret ? owner : owner | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
        });
    }

    public string Path { get; }

    public void Keep(string text)
    {
        _stream.Write(Encoding.UTF8.GetBytes(text));
        _stream.Flush(flushToDisk: true);
        _kept = true;
    }

    public void Dispose()
    {
        _stream.Dispose();
        if (!_kept)
        {
            File.Delete(Path);
        }
    }
}
