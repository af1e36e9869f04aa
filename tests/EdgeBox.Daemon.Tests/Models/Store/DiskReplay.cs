using EdgeBox.Platform.Files;

namespace EdgeBox.Daemon.Tests.Models.Store;

/// <summary>
/// Records what is done to a folder's files, and rebuilds every state in which a power cut may leave them. A file keeps what was forced to the disk; of what
/// was written to it since, nothing, half or all may be there. Names keep what was forced by their directory; each change since may be there or not, in
/// their order within each directory.
/// </summary>
internal sealed class DiskReplay(string root) : IFileWitness
{
    private const int MostFree = 6;

    private readonly List<Act> _acts = [];

    /// <summary>How many acts were recorded.</summary>
    public int Count => _acts.Count;

    public void Created(string path) => _acts.Add(new Act(Kind.Create, path));

    public void Wrote(string path, long offset, ReadOnlySpan<byte> content) => _acts.Add(new Act(Kind.Write, path) { Offset = offset, Content = content.ToArray() });

    public void Cut(string path, long length) => _acts.Add(new Act(Kind.Cut, path) { Offset = length });

    public void Synchronized(string path) => _acts.Add(new Act(Kind.Synchronize, path));

    public void Renamed(string from, string to) => _acts.Add(new Act(Kind.Rename, from) { To = to });

    public void Removed(string path) => _acts.Add(new Act(Kind.Remove, path));

    public void SynchronizedDirectory(string path) => _acts.Add(new Act(Kind.SynchronizeDirectory, path));

    /// <summary>Every state after a cut, as the files that there are.</summary>
    /// <param name="start">The files before the first act.</param>
    public IEnumerable<IReadOnlyDictionary<string, byte[]>> States(IReadOnlyDictionary<string, byte[]> start)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var cut = 0; cut <= _acts.Count; cut++)
        {
            foreach (var state in StatesAfter(start, cut))
            {
                if (seen.Add(string.Join('|', state.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => $"{file.Key}:{Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(file.Value))}"))))
                {
                    yield return state;
                }
            }
        }
    }

    /// <summary>The files under the root.</summary>
    public IReadOnlyDictionary<string, byte[]> Read() => Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).ToDictionary(path => path, File.ReadAllBytes);

    /// <summary>Makes the folder be in a state.</summary>
    public void Restore(IReadOnlyDictionary<string, byte[]> state)
    {
        foreach (var path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
        {
            File.Delete(path);
        }

        foreach (var (path, content) in state)
        {
            using var file = new FileStream(path, FileMode.CreateNew);
            file.Write(content);
        }
    }

    private IEnumerable<IReadOnlyDictionary<string, byte[]>> StatesAfter(IReadOnlyDictionary<string, byte[]> start, int cut)
    {
        // Names point to files; a file has what is sure, and what was written since.
        var files = start.ToDictionary(file => file.Key, file => new Content(file.Value));
        var live = new Dictionary<string, Content>(files);
        var durable = new Dictionary<string, Content>(files);
        var pending = new List<(Act Act, Content? File)>();
        foreach (var act in _acts.Take(cut))
        {
            Apply(act, live, durable, pending);
        }

        var free = Math.Min(pending.Count, MostFree);
        for (var mask = 0; mask < 1 << free; mask++)
        {
            var names = new Dictionary<string, Content>(durable);
            // Beyond the bound all are taken to be there: the older ones, which had the longest time to get there.
            for (var i = 0; i < pending.Count; i++)
            {
                var bit = i - (pending.Count - free);
                if (bit < 0 || (mask & (1 << bit)) != 0)
                {
                    Rename(names, pending[i].Act, pending[i].File);
                }
            }

            foreach (var torn in new[] { 0, 1, 2 })
            {
                yield return names.ToDictionary(name => name.Key, name => name.Value.After(torn));
            }
        }
    }

    private static void Apply(Act act, Dictionary<string, Content> live, Dictionary<string, Content> durable, List<(Act Act, Content? File)> pending)
    {
        switch (act.Kind)
        {
            case Kind.Create:
                live[act.Path] = new Content([]);
                pending.Add((act, live[act.Path]));
                break;
            case Kind.Write:
                live[act.Path].Write(act.Offset, act.Content);
                break;
            case Kind.Cut:
                live[act.Path].Cut(act.Offset);
                break;
            case Kind.Synchronize:
                live[act.Path].Synchronize();
                break;
            case Kind.Rename:
                pending.Add((act, live[act.Path]));
                Rename(live, act, live[act.Path]);
                break;
            case Kind.Remove:
                pending.Add((act, null));
                live.Remove(act.Path);
                break;
            default:
                foreach (var done in pending.Where(p => Path.GetDirectoryName(p.Act.To ?? p.Act.Path) == act.Path).ToList())
                {
                    Rename(durable, done.Act, done.File);
                    pending.Remove(done);
                }

                break;
        }
    }

    private static void Rename(Dictionary<string, Content> names, Act act, Content? file)
    {
        if (act.Kind != Kind.Create)
        {
            names.Remove(act.Path);
        }

        if (file is not null)
        {
            names[act.To ?? act.Path] = file;
        }
    }

    private enum Kind
    {
        Create,
        Write,
        Cut,
        Synchronize,
        Rename,
        Remove,
        SynchronizeDirectory,
    }

    private sealed record Act(Kind Kind, string Path)
    {
        public string? To { get; init; }

        public long Offset { get; init; }

        public byte[] Content { get; init; } = [];
    }

    /// <summary>What a file holds: surely, and if everything that was written since has reached the disk.</summary>
    private sealed class Content(byte[] start)
    {
        private byte[] _sure = start;
        private byte[] _all = start;

        public void Write(long offset, byte[] bytes)
        {
            var now = new byte[Math.Max(_all.Length, offset + bytes.Length)];
            _all.CopyTo(now, 0);
            bytes.CopyTo(now, offset);
            _all = now;
        }

        public void Cut(long length) => _all = _all[..(int)length];

        public void Synchronize() => _sure = _all;

        /// <param name="torn">0: nothing more than what is sure; 1: as long as it was made, but half of what is new is zeros; 2: all.</param>
        public byte[] After(int torn)
        {
            if (torn == 0)
            {
                return _sure;
            }

            var content = (byte[])_all.Clone();
            if (torn == 1)
            {
                for (var i = 0; i < content.Length; i++)
                {
                    var isNew = i >= _sure.Length || content[i] != _sure[i];
                    content[i] = isNew && i % 2 == 0 ? (byte)0 : content[i];
                }
            }

            return content;
        }
    }
}
