namespace EdgeBox.Trust.Gguf;

/// <summary>One file taken apart: its keys, its tensors and where the data lies.</summary>
internal sealed class GgufContainer
{
    private readonly Dictionary<string, GgufValue> _values = [];

    public GgufTokens Tokens { get; } = new();

    public List<GgufTensor> Tensors { get; } = [];

    /// <summary>Where tensor data begins.</summary>
    public long DataOffset { get; private set; }

    public long FileBytes { get; private set; }

    public GgufValue? this[string key] => _values.GetValueOrDefault(key);

    /// <summary>Reads a file's metadata; null if it is well formed, else what is wrong.</summary>
    public static GgufRejected? Read(Stream file, GgufLimits limits, out GgufContainer container)
    {
        container = new GgufContainer { FileBytes = file.Length };
        var cursor = new GgufCursor(file, limits);
        if (ReadHeader(cursor, limits, out var tensors, out var keys) is { } header)
        {
            return header;
        }

        var values = new GgufValueReader(cursor, limits, container.Tokens);
        for (var i = 0; i < keys; i++)
        {
            if (container.ReadPair(values) is { } fault)
            {
                return fault;
            }
        }

        if (container.ReadAlignment(out var alignment) is { } misaligned)
        {
            return misaligned;
        }

        return GgufTensorReader.ReadAll(cursor, tensors, container.Tensors)
            ?? container.Place(cursor.Position, alignment);
    }

    private static GgufRejected? ReadHeader(GgufCursor cursor, GgufLimits limits, out int tensors, out int keys)
    {
        (tensors, keys) = (0, 0);
        if (!cursor.TryTake(4, out var magic))
        {
            return cursor.Ended();
        }

        if (!magic.SequenceEqual("GGUF"u8))
        {
            return GgufRejected.File(GgufProblem.NotGguf, "The file does not begin with GGUF: it is not a model in this format.");
        }

        if (!cursor.TryUInt32(out var version))
        {
            return cursor.Ended();
        }

        if (version is 0x02000000 or 0x03000000)
        {
            return GgufRejected.File(GgufProblem.BigEndian, "The file was written for big-endian machines. Convert it to little-endian.");
        }

        if (version is not (2 or 3))
        {
            return GgufRejected.File(GgufProblem.UnsupportedVersion, $"The file has version {version} of the format; 2 and 3 are read.");
        }

        if (!cursor.TryUInt64(out var tensorCount) || !cursor.TryUInt64(out var keyCount))
        {
            return cursor.Ended();
        }

        if (tensorCount > (ulong)limits.Tensors)
        {
            return GgufRejected.File(GgufProblem.TooManyTensors, $"The file claims {tensorCount} tensors; the limit is {limits.Tensors}.");
        }

        if (keyCount > (ulong)limits.Keys)
        {
            return GgufRejected.File(GgufProblem.TooManyKeys, $"The file claims {keyCount} keys; the limit is {limits.Keys}.");
        }

        (tensors, keys) = ((int)tensorCount, (int)keyCount);
        return null;
    }

    private GgufRejected? ReadPair(GgufValueReader reader)
    {
        if (reader.ReadKey(out var key) is { } badKey)
        {
            return badKey;
        }

        if (_values.ContainsKey(key))
        {
            return GgufRejected.OfKey(GgufProblem.DuplicateKey, key, $"The key {key} stands in the file twice.");
        }

        if (reader.ReadValue(key, out var value) is { } badValue)
        {
            return badValue;
        }

        _values.Add(key, value);
        return null;
    }

    private GgufRejected? ReadAlignment(out long alignment)
    {
        const string key = "general.alignment";
        alignment = 32;
        if (this[key] is not { } value)
        {
            return null;
        }

        if (value.Type != GgufValueType.UInt32)
        {
            return GgufRejected.OfKey(GgufProblem.WrongValueType, key, $"{key} is of type {value.Type}; it must be UInt32.");
        }

        // Below 32 the engine aborts when it maps the file: its tensors need 32-byte addresses.
        alignment = (long)value.Bits;
        return alignment is >= 32 and <= 1 << 20 && (alignment & (alignment - 1)) == 0
            ? null
            : GgufRejected.OfKey(
                GgufProblem.InvalidAlignment, key, $"{key} is {alignment}; it must be a power of two from 32 to 1048576.");
    }

    /// <summary>Checks that tensor data fills the rest of the file in order, without holes and without overlap.</summary>
    private GgufRejected? Place(long metadataEnd, long alignment)
    {
        DataOffset = (metadataEnd + alignment - 1) / alignment * alignment;
        var expected = 0L;
        foreach (var tensor in Tensors)
        {
            if (tensor.Offset != (ulong)expected)
            {
                return Misplaced(tensor, expected, alignment);
            }

            // Each size is checked against the file before it is added, so that the sum cannot overflow.
            if (tensor.Bytes > FileBytes - DataOffset - expected)
            {
                return GgufRejected.OfTensor(
                    GgufProblem.TensorOutsideFile,
                    tensor.Name,
                    $"Tensor {tensor.Name} needs {tensor.Bytes} bytes from {DataOffset + expected} on, but the file has {FileBytes} bytes. Copy it again.");
            }

            expected += (tensor.Bytes + alignment - 1) / alignment * alignment;
        }

        return null;
    }

    private static GgufRejected Misplaced(GgufTensor tensor, long expected, long alignment)
    {
        var problem = tensor.Offset % (ulong)alignment != 0
            ? GgufProblem.MisalignedTensor
            : tensor.Offset < (ulong)expected ? GgufProblem.OverlappingTensor : GgufProblem.TensorGap;
        return GgufRejected.OfTensor(
            problem, tensor.Name, $"Tensor {tensor.Name} is said to begin at {tensor.Offset} of the data; it must begin at {expected}.");
    }
}
