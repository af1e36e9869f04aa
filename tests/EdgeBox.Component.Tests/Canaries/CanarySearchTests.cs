namespace EdgeBox.Component.Tests.Canaries;

/// <summary>The search finds what is there: otherwise its silence would prove nothing.</summary>
[Trait("Tier", "component")]
public sealed class CanarySearchTests
{
    private readonly CanarySearch _search = new(1000);

    [Fact]
    public void IsIn_EveryFormOfEveryCanary_IsFound()
    {
        foreach (var canary in _search.Canaries.Where((_, i) => i % 50 == 0))
        {
            Assert.True(_search.IsIn($"before {canary} after"));
            Assert.True(_search.IsIn(new MemoryStream(Encoding.Unicode.GetBytes($"before {canary} after"))));
            for (var shift = 0; shift < 6; shift++)
            {
                Assert.True(_search.IsIn(Convert.ToBase64String(Encoding.UTF8.GetBytes(new string('x', shift) + canary + " after"))));
            }

            Assert.True(_search.IsIn("cut short: " + canary[..16]));
        }

        Assert.False(_search.IsIn(string.Join(' ', _search.Canaries.Select(canary => canary[..11]))));
    }

    [Fact]
    public void IsIn_AcrossTheBorderOfAChunk_IsFound()
    {
        var bytes = new byte[(1 << 22) + 1000];
        Encoding.ASCII.GetBytes(_search.Canaries[7]).CopyTo(bytes, (1 << 22) - 6);

        Assert.True(_search.IsIn(new MemoryStream(bytes)));
    }

    [Fact]
    public void Files_APlantedOneBelow_IsFound()
    {
        var folder = Directory.CreateTempSubdirectory("edgebox-canaries-");
        try
        {
            var planted = Path.Combine(folder.CreateSubdirectory("a").FullName, "b");
            File.WriteAllText(planted, "x" + _search.Canaries[3]);
            File.WriteAllText(Path.Combine(folder.FullName, "innocent"), "nothing");

            var (found, files, _) = _search.Files([folder.FullName], new HashSet<string>(), DateTime.UnixEpoch);

            Assert.Equal([planted], found);
            Assert.Equal(2, files);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
