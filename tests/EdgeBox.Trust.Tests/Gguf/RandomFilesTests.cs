using System.Diagnostics;
using CsCheck;
using EdgeBox.Testing.Gguf;
using EdgeBox.Trust.Gguf;
using Xunit;

namespace EdgeBox.Trust.Tests.Gguf;

public sealed class RandomFilesTests
{
    private static readonly byte[][] s_models = [.. TinyModels.Kinds.Select(k => TinyModels.Of(k).ToArray())];

    private static readonly Gen<byte[]> s_model = Gen.Int[0, s_models.Length - 1].Select(i => s_models[i]);

    private static readonly Gen<byte[]> s_flipped =
        from model in s_model
        from flips in Gen.Select(Gen.Int[0, model.Length - 1], Gen.Byte).Array[1, 8]
        select Flip(model, flips);

    [Fact]
    public void Validate_FlippedBytes_GivesAVerdictAndNeverThrows() =>
        s_flipped.Sample(file => GgufValidator.Validate(new MemoryStream(file), GgufLimits.Default) is GgufAccepted or GgufRejected, iter: 500);

    [Fact]
    public void Validate_CutAnywhere_IsRefused() =>
        (from model in s_model
         from length in Gen.Int[0, model.Length - 64]
         select model[..length])
        .Sample(
            file => GgufValidator.Validate(new MemoryStream(file), GgufLimits.Default)
                is GgufRejected { Problem: GgufProblem.Truncated or GgufProblem.TensorOutsideFile },
            iter: 200);

    [Fact]
    public void Validate_RandomBytesAfterTheMagic_AreRefused() =>
        Gen.Byte.Array[0, 4096].Sample(
            bytes => GgufValidator.Validate(new MemoryStream([.. "GGUF"u8, 3, 0, 0, 0, .. bytes]), GgufLimits.Default) is GgufRejected, iter: 200);

    [Fact]
    public void Validate_GptOssOf201088Tokens_ReadsItsMetadataInBounds()
    {
        // The data of this file would be 28 MB; only its metadata exists, the rest reads as zeros.
        var model = RandomModels.GptOss(new GptOssShape { Vocabulary = 201088 });
        using var file = new CountingStream(model.ToArray());
        var before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();

        var verdict = GgufValidator.Validate(file, GgufLimits.Default);

        Assert.Equal(201088, Assert.IsType<GgufAccepted>(verdict).Summary.VocabularySize);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32 << 20);
        Assert.InRange(file.BytesRead, 1, 6 << 20);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    private static byte[] Flip(byte[] model, (int At, byte Value)[] flips)
    {
        var file = (byte[])model.Clone();
        foreach (var (at, value) in flips)
        {
            file[at] = value;
        }

        return file;
    }

    /// <summary>Counts the bytes that are read.</summary>
    private sealed class CountingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public long BytesRead { get; private set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = base.Read(buffer, offset, count);
            BytesRead += read;
            return read;
        }
    }
}
