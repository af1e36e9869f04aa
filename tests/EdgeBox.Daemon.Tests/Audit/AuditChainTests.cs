using CsCheck;
using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Storage;
using EdgeBox.Daemon.Tests.Support;
using Microsoft.Data.Sqlite;

namespace EdgeBox.Daemon.Tests.Audit;

public sealed class AuditChainTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    public static TheoryData<string, long> Tamperings => new()
    {
        { "UPDATE audit_records SET actor = 'uid:1' WHERE sequence = 3", 3 },
        { "UPDATE audit_records SET time = time + 1 WHERE sequence = 2", 2 },
        { "UPDATE audit_records SET facts = '{\"n\":\"4\"}' WHERE sequence = 3", 3 },
        { "UPDATE audit_records SET facts = 'nonsense' WHERE sequence = 3", 3 },
        { "UPDATE audit_records SET hash = zeroblob(32) WHERE sequence = 5", 5 },
        { "UPDATE audit_records SET previous_hash = zeroblob(32) WHERE sequence = 4", 4 },
        { "DELETE FROM audit_records WHERE sequence = 1", 1 },
        { "DELETE FROM audit_records WHERE sequence = 3", 3 },
        { "DELETE FROM audit_records WHERE sequence = 5", 5 },
        { "DELETE FROM audit_records WHERE sequence > 3; UPDATE audit_head SET sequence = 3, hash = (SELECT hash FROM audit_records WHERE sequence = 3)", 4 },
        { "DELETE FROM audit_records; DELETE FROM audit_head", 1 },
    };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Verify_UntouchedChain_IsIntact()
    {
        await WriteFiveAsync();
        await using var state = new TestState(_directory.Path);
        var verdict = state.Audit.Verify();
        Assert.Equal((true, 5L, 0L), (verdict.Intact, verdict.Records, verdict.BrokenSequence));
    }

    [Theory]
    [MemberData(nameof(Tamperings))]
    public async Task Verify_TamperedChain_NamesTheFirstWrongRecord(string sql, long broken)
    {
        await WriteFiveAsync();
        TestState.Tamper(_directory.Path, sql);
        await using var state = new TestState(_directory.Path);
        var verdict = state.Audit.Verify();
        Assert.False(verdict.Intact);
        Assert.Equal(broken, verdict.BrokenSequence);
        Assert.NotEmpty(verdict.Problem);
    }

    [Fact]
    public async Task Verify_HeadFileIsGone_IsNotIntact()
    {
        await WriteFiveAsync();
        File.Delete(_directory.Combine("audit-head"));
        await using var state = new TestState(_directory.Path);
        Assert.Equal("the head file is missing or unreadable", state.Audit.Verify().Problem);
    }

    [Fact]
    public async Task Start_ChainWasCutShort_IsDegradedAndKeepsTheEvidence()
    {
        await WriteFiveAsync();
        TestState.Tamper(_directory.Path, "DELETE FROM audit_records; DELETE FROM audit_head");
        await using var state = new TestState(_directory.Path);
        var audit = await state.StartAuditAsync();
        await audit.AppendAsync("test.more", "box", "x");
        await audit.SettleAsync(default);
        Assert.NotEmpty(state.Get<Daemon.Hosting.ApplianceHealth>().Snapshot.Problems);
        Assert.False(audit.Verify().Intact);
        await audit.StopAsync(default);
    }

    [Theory]
    [InlineData("UPDATE audit_records SET actor = 'nobody'")]
    [InlineData("DELETE FROM audit_records")]
    public async Task Database_RecordIsTouched_Refuses(string sql)
    {
        await WriteFiveAsync();
        await using var state = new TestState(_directory.Path);
        var refusal = Assert.Throws<SqliteException>(() => state.Database.Write(c => c.Execute(sql)));
        Assert.Contains("append-only", refusal.Message);
    }

    [Fact]
    public async Task Append_AnyText_ComesBackAndVerifies()
    {
        await using var state = new TestState(_directory.Path);
        var text = Gen.String[Gen.Char, 0, 40];
        Gen.Select(text, text, Gen.Dictionary(text, text)[0, 5]).Sample(
            (subject, actor, facts) =>
            {
                var entry = AuditEntry.Of("test.any", actor, subject, facts.Select(f => (f.Key, f.Value)).DistinctBy(f => AuditEntry.Of(f.Key, "", "").Event));
                state.Database.Write(c => AuditChain.Append(c, TestAppliance.Start, entry));
                var back = state.Database.Read(c => AuditChain.Page(c, long.MaxValue, string.Empty, 1))[0].Entry;
                Assert.Equal((entry.Actor, entry.Subject), (back.Actor, back.Subject));
                Assert.Equal(entry.Facts, back.Facts);
            },
            threads: 1,
            iter: 100);
        Assert.True(state.Database.Read(c => AuditChain.Verify(c, AuditHead.None)).Intact);
    }

    [Fact]
    public void Hash_PartsShiftedBetweenFields_Differs()
    {
        var one = AuditLink.ComputeHash(1, TestAppliance.Start, AuditEntry.Of("ab", "c", "d"), AuditLink.Genesis.Span);
        var two = AuditLink.ComputeHash(1, TestAppliance.Start, AuditEntry.Of("a", "bc", "d"), AuditLink.Genesis.Span);
        Assert.NotEqual(one, two);
    }

    private async Task WriteFiveAsync()
    {
        await using var state = new TestState(_directory.Path);
        var audit = await state.StartAuditAsync();
        for (var i = 1; i <= 5; i++)
        {
            await audit.AppendAsync("test.event", "box", "subject", ("n", $"{i}"));
        }

        await audit.StopAsync(default);
    }
}
