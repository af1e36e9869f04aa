using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Models.Aliases;
using EdgeBox.Daemon.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeBox.Daemon.Tests.Models.Aliases;

/// <summary>
/// The disk after a power cut in the middle of a move, rebuilt and started from. Between two steps any sectors that the later step wrote may be on the
/// disk and any may not: every prefix of them is tried, and many other choices.
/// </summary>
public sealed class AliasReplayTests : IDisposable
{
    private const int Sector = 512;
    private const int RandomChoices = 40;

    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Start_FromEveryStateThatAMoveMayLeave_FindsTheOldModelOrTheNewOne()
    {
        var steps = await RecordAsync();
        var random = new Random(5);
        var found = new List<string>();
        for (var step = 1; step < steps.Count; step++)
        {
            foreach (var state in StatesBetween(steps[step - 1], steps[step], random))
            {
                found.Add($"{step}: {await StartFromAsync(state)}");
            }
        }

        // Begun, moved, and brought from the log into the file: the alias moves with the second step, and only whole.
        Assert.Equal(["1: m@1", "1: m@1 moving", "2: m@1 moving", "2: m@2", "3: m@2"], found.Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>What is on the disk before a move and after each of its steps.</summary>
    private async Task<List<Dictionary<string, byte[]>>> RecordAsync()
    {
        await using var rig = new AliasRig(_directory.Path);
        await rig.Table.MoveAsync(AliasRig.Key(), AliasRig.Name("m@1"), "uid:0");
        List<Dictionary<string, byte[]>> steps = [Read()];
        await rig.Table.BeginAsync(new AliasStore.Move(AliasRig.Key(), AliasRig.Name("m@2"), AliasRig.Name("m@1")), AuditEntry.Of("alias.set", "uid:0", "aliases/chat"));
        steps.Add(Read());
        await rig.Table.MoveAsync(AliasRig.Key(), AliasRig.Name("m@2"), "uid:0");
        steps.Add(Read());
        await using (var connection = new SqliteConnection($"Data Source={_directory.Combine("edgebox.db")};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var checkpoint = connection.CreateCommand();
            checkpoint.CommandText = "PRAGMA wal_checkpoint(PASSIVE)";
            await checkpoint.ExecuteNonQueryAsync();
        }

        steps.Add(Read());
        return steps;
    }

    /// <summary>The files that a power cut leaves; what shares memory between processes, or keeps one out, is made anew.</summary>
    private Dictionary<string, byte[]> Read()
    {
        var files = new Dictionary<string, byte[]>();
        foreach (var path in Directory.GetFiles(_directory.Path).Where(path => !path.EndsWith("-shm", StringComparison.Ordinal) && !path.EndsWith(".lock", StringComparison.Ordinal)))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var content = new MemoryStream();
            file.CopyTo(content);
            files[Path.GetFileName(path)] = content.ToArray();
        }

        return files;
    }

    private static IEnumerable<Dictionary<string, byte[]>> StatesBetween(Dictionary<string, byte[]> before, Dictionary<string, byte[]> after, Random random)
    {
        var sectors = after.SelectMany(file => Differing(before.GetValueOrDefault(file.Key, []), file.Value).Select(at => (File: file.Key, At: at))).ToList();
        for (var prefix = 0; prefix <= sectors.Count; prefix++)
        {
            yield return Mix(before, after, sectors.Take(prefix));
        }

        for (var choice = 0; choice < RandomChoices; choice++)
        {
            yield return Mix(before, after, [.. sectors.Where(_ => random.Next(4) > 0)]);
        }
    }

    private static IEnumerable<int> Differing(byte[] before, byte[] after) => Enumerable.Range(0, (after.Length + Sector - 1) / Sector).Where(sector =>
        !Part(before, sector).SequenceEqual(Part(after, sector)));

    private static ReadOnlySpan<byte> Part(byte[] file, int sector) =>
        file.AsSpan(Math.Min(sector * Sector, file.Length), Math.Clamp(file.Length - (sector * Sector), 0, Sector));

    private static Dictionary<string, byte[]> Mix(Dictionary<string, byte[]> before, Dictionary<string, byte[]> after, IEnumerable<(string File, int At)> written)
    {
        var files = before.ToDictionary(file => file.Key, file => (byte[])file.Value.Clone());
        foreach (var (name, sector) in written)
        {
            var part = Part(after[name], sector);
            var file = files.GetValueOrDefault(name, []);
            var end = (sector * Sector) + part.Length;
            if (file.Length < end)
            {
                Array.Resize(ref file, end); // What was skipped reads as zeros.
            }

            part.CopyTo(file.AsSpan(sector * Sector));
            files[name] = file;
        }

        return files;
    }

    /// <summary>Starts from a state, and has what the alias means put in order.</summary>
    /// <returns>What it means, and whether a move was found.</returns>
    private static async Task<string> StartFromAsync(Dictionary<string, byte[]> state)
    {
        using var directory = new TestDirectory();
        foreach (var (name, content) in state)
        {
            await File.WriteAllBytesAsync(directory.Combine(name), content);
            File.SetUnixFileMode(directory.Combine(name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        await using var rig = new AliasRig(directory.Path);
        var alias = rig.Table.Get(AliasRig.Key());
        var moves = rig.Store.Moves();
        using var recovery = new AliasTable(rig.Store, null!, rig.State.Clock);
        await new AliasRecovery(rig.Store, recovery, new ModelStore(rig.State.Database), NullLogger<AliasRecovery>.Instance).StartAsync(default);

        Assert.Equal(alias.Model.Id == "m@1" ? null : "m@1", alias.Previous?.Id);
        Assert.Empty(rig.Store.Moves());
        Assert.Equal(alias.Model, rig.Store.List().Single().Model);
        return alias.Model.Id + (moves.Count > 0 ? " moving" : "");
    }
}
