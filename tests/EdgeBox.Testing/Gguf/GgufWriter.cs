using System.Buffers.Binary;
using System.Text;

namespace EdgeBox.Testing.Gguf;

/// <summary>Writes a GGUF file: little endian, keys and tensors in the order in which they were set.</summary>
public sealed class GgufWriter
{
    private readonly List<Entry> _entries = [];
    private readonly List<Tensor> _tensors = [];

    /// <summary>Alignment of tensor data in bytes; also written as general.alignment when it is not 32.</summary>
    public int Alignment { get; set; } = 32;

    public uint Version { get; set; } = 3;

    public IReadOnlyList<string> Keys => [.. _entries.Select(e => e.Key)];

    public IReadOnlyList<string> TensorNames => [.. _tensors.Select(t => t.Name)];

    public IReadOnlyList<(string Name, long[] Dims)> TensorExtents => [.. _tensors.Select(t => (t.Name, t.Dims))];

    public GgufWriter SetUInt8(string key, byte value) => SetRaw(key, 0, [value]);

    public GgufWriter SetUInt32(string key, uint value) => SetRaw(key, 4, Bytes(value));

    public GgufWriter SetInt32(string key, int value) => SetRaw(key, 5, Bytes(unchecked((uint)value)));

    public GgufWriter SetFloat32(string key, float value) => SetRaw(key, 6, Bytes(BitConverter.SingleToUInt32Bits(value)));

    public GgufWriter SetBool(string key, bool value) => SetRaw(key, 7, [value ? (byte)1 : (byte)0]);

    public GgufWriter SetString(string key, string value) => SetRaw(key, 8, StringBytes(value));

    public GgufWriter SetUInt64(string key, ulong value) => SetRaw(key, 10, Bytes(value));

    public GgufWriter SetStringArray(string key, IReadOnlyList<string> values)
    {
        using var buffer = new MemoryStream();
        buffer.Write(Bytes(8u));
        buffer.Write(Bytes((ulong)values.Count));
        foreach (var value in values)
        {
            buffer.Write(StringBytes(value));
        }

        return SetRaw(key, 9, buffer.ToArray());
    }

    public GgufWriter SetInt32Array(string key, IReadOnlyList<int> values) =>
        SetArray(key, 5, [.. values.Select(v => unchecked((uint)v))]);

    public GgufWriter SetUInt32Array(string key, IReadOnlyList<uint> values) => SetArray(key, 4, values);

    public GgufWriter SetFloat32Array(string key, IReadOnlyList<float> values) =>
        SetArray(key, 6, [.. values.Select(BitConverter.SingleToUInt32Bits)]);

    /// <summary>Sets a key to a value that is already encoded, whatever it says.</summary>
    public GgufWriter SetRaw(string key, uint type, byte[] value)
    {
        var entry = new Entry(key, type, value);
        var at = _entries.FindIndex(e => e.Key == key);
        if (at < 0)
        {
            _entries.Add(entry);
        }
        else
        {
            _entries[at] = entry;
        }

        return this;
    }

    /// <summary>Adds a key even if it is there already.</summary>
    public GgufWriter AppendRaw(string key, uint type, byte[] value)
    {
        _entries.Add(new Entry(key, type, value));
        return this;
    }

    public GgufWriter RemoveKey(string key) => _entries.RemoveAll(e => e.Key == key) > 0 ? this : throw new ArgumentException($"no key {key}");

    /// <summary>Adds a tensor whose bytes are in memory; dims has the contiguous extent (ne0) first.</summary>
    public GgufWriter AddTensor(string name, GgmlType type, long[] dims, byte[] data)
    {
        var size = Ggml.SizeOf(type, dims);
        return data.LongLength == size
            ? AddTensor(name, type, dims, stream => stream.Write(data))
            : throw new ArgumentException($"tensor {name} takes {size} bytes, got {data.LongLength}");
    }

    /// <summary>Adds a tensor whose bytes are produced while the file is written; dims has the contiguous extent (ne0) first.</summary>
    public GgufWriter AddTensor(string name, GgmlType type, long[] dims, Action<Stream> write)
    {
        _tensors.Add(new Tensor(name, (uint)type, dims, Ggml.SizeOf(type, dims), null, write));
        return this;
    }

    public GgufWriter RemoveTensor(string name) =>
        _tensors.RemoveAll(t => t.Name == name) > 0 ? this : throw new ArgumentException($"no tensor {name}");

    /// <summary>Moves the last tensor into a second file, and makes of both the parts of a split model.</summary>
    public GgufWriter SplitOffLast()
    {
        var second = new GgufWriter { Alignment = Alignment };
        second._tensors.Add(_tensors[^1]);
        _tensors.RemoveAt(_tensors.Count - 1);
        var tensors = _tensors.Count + 1;
        SetRaw("split.no", 2, [0, 0]).SetRaw("split.count", 2, [2, 0]).SetInt32("split.tensors.count", tensors);
        second.SetRaw("split.no", 2, [1, 0]).SetRaw("split.count", 2, [2, 0]).SetInt32("split.tensors.count", tensors);
        return second;
    }

    /// <summary>Changes what the file says of a tensor, but not its data.</summary>
    public GgufWriter Misdescribe(string name, string? newName = null, uint? type = null, long[]? dims = null, ulong? offset = null)
    {
        var at = _tensors.FindIndex(t => t.Name == name);
        if (at < 0)
        {
            throw new ArgumentException($"no tensor {name}");
        }

        var tensor = _tensors[at];
        _tensors[at] = tensor with
        {
            Name = newName ?? tensor.Name,
            Type = type ?? tensor.Type,
            Dims = dims ?? tensor.Dims,
            Offset = offset ?? tensor.Offset,
        };
        return this;
    }

    /// <summary>Gives a tensor another type, and zeros of the size that this takes; a type that its rows do not fit is only described.</summary>
    public GgufWriter Retype(string name, uint type)
    {
        var tensor = _tensors.Single(t => t.Name == name);
        if (!Ggml.Blocks.TryGetValue(type, out var block) || tensor.Dims[0] % block.Length != 0)
        {
            return Misdescribe(name, type: type);
        }

        var size = tensor.Dims.Aggregate(1L, (a, b) => a * b) / block.Length * block.Bytes;
        _tensors[_tensors.IndexOf(tensor)] = tensor with { Type = type, Size = size, Write = stream => stream.Write(new byte[size]) };
        return this;
    }

    public void WriteFile(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        Write(file);
    }

    public byte[] ToArray()
    {
        using var buffer = new MemoryStream();
        Write(buffer);
        return buffer.ToArray();
    }

    /// <summary>Writes the whole file at the stream's position; the stream need not seek.</summary>
    public void Write(Stream stream)
    {
        if (Alignment != 32)
        {
            SetUInt32("general.alignment", (uint)Alignment);
        }

        using var header = new MemoryStream();
        WriteHeader(header);
        header.Position = 0;
        header.CopyTo(stream);
        Pad(stream, header.Length);
        foreach (var tensor in _tensors)
        {
            tensor.Write(stream);
            Pad(stream, tensor.Size);
        }
    }

    private void WriteHeader(MemoryStream header)
    {
        header.Write("GGUF"u8);
        header.Write(Bytes(Version));
        header.Write(Bytes((ulong)_tensors.Count));
        header.Write(Bytes((ulong)_entries.Count));
        foreach (var entry in _entries)
        {
            header.Write(StringBytes(entry.Key));
            header.Write(Bytes(entry.Type));
            header.Write(entry.Value);
        }

        var offset = 0ul;
        foreach (var tensor in _tensors)
        {
            header.Write(StringBytes(tensor.Name));
            header.Write(Bytes((uint)tensor.Dims.Length));
            foreach (var extent in tensor.Dims)
            {
                header.Write(Bytes((ulong)extent));
            }

            header.Write(Bytes(tensor.Type));
            header.Write(Bytes(tensor.Offset ?? offset));
            offset += (ulong)(tensor.Size + Padding(tensor.Size));
        }
    }

    private long Padding(long length) => (Alignment - (length % Alignment)) % Alignment;

    private void Pad(Stream stream, long length) => stream.Write(new byte[Padding(length)]);

    private GgufWriter SetArray(string key, uint elementType, IReadOnlyList<uint> values)
    {
        var bytes = new byte[12 + (4 * values.Count)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, elementType);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(4), (ulong)values.Count);
        for (var i = 0; i < values.Count; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12 + (4 * i)), values[i]);
        }

        return SetRaw(key, 9, bytes);
    }

    private static byte[] Bytes(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Bytes(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] StringBytes(string value) => [.. Bytes((ulong)Encoding.UTF8.GetByteCount(value)), .. Encoding.UTF8.GetBytes(value)];

    private sealed record Entry(string Key, uint Type, byte[] Value);

    private sealed record Tensor(string Name, uint Type, long[] Dims, long Size, ulong? Offset, Action<Stream> Write);
}
