using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace EdgeBox.Trust.Gguf;

/// <summary>Reads keys and values, keeping only what a check or the summary will ask for.</summary>
internal sealed class GgufValueReader(GgufCursor cursor, GgufLimits limits, GgufTokens tokens)
{
    /// <summary>Strings up to this length are kept, whatever their key.</summary>
    private const int KeptBytes = 1024;

    /// <summary>Arrays up to this length are kept: the engine has at most 512 layers.</summary>
    private const int KeptElements = 512;

    private const int ChunkBytes = 32768;

    public GgufRejected? ReadKey(out string key)
    {
        key = "";
        if (!cursor.TryUInt64(out var length))
        {
            return cursor.Ended();
        }

        if (length == 0 || length > (ulong)limits.KeyBytes)
        {
            return GgufRejected.File(GgufProblem.InvalidKey, $"A key is {length} bytes long; 1 to {limits.KeyBytes} are allowed.");
        }

        if (!cursor.TryTake((int)length, out var bytes))
        {
            return cursor.Ended();
        }

        if (!Utf8.IsValid(bytes))
        {
            return GgufRejected.File(GgufProblem.InvalidUtf8, $"The key before byte {cursor.Position} is not valid UTF-8.");
        }

        key = Encoding.UTF8.GetString(bytes);
        return key.Any(char.IsControl)
            ? GgufRejected.File(GgufProblem.InvalidKey, $"The key before byte {cursor.Position} has control characters.")
            : null;
    }

    public GgufRejected? ReadValue(string key, out GgufValue value)
    {
        value = new GgufValue(GgufValueType.UInt8);
        if (!cursor.TryUInt32(out var number))
        {
            return cursor.Ended(key);
        }

        var type = (GgufValueType)number;
        return type switch
        {
            GgufValueType.String => ReadString(key, out value),
            GgufValueType.Array => ReadArray(key, out value),
            _ => ReadScalar(key, type, out value),
        };
    }

    private GgufRejected? ReadScalar(string key, GgufValueType type, out GgufValue value)
    {
        value = new GgufValue(type);
        var size = GgufValue.SizeOf(type);
        if (size == 0)
        {
            return UnknownType(key, type);
        }

        if (!cursor.TryTake(size, out var bytes))
        {
            return cursor.Ended(key);
        }

        Span<byte> wide = stackalloc byte[8];
        wide.Clear();
        bytes.CopyTo(wide);
        value = new GgufValue(type, BinaryPrimitives.ReadUInt64LittleEndian(wide));
        return type == GgufValueType.Boolean && value.Bits > 1 ? NotBoolean(key) : null;
    }

    private GgufRejected? ReadString(string key, out GgufValue value)
    {
        value = new GgufValue(GgufValueType.String);
        if (!cursor.TryUInt64(out var length))
        {
            return cursor.Ended(key);
        }

        if (length > (ulong)limits.StringBytes)
        {
            return TooLong(key, length, limits.StringBytes);
        }

        if (!cursor.TryCopy((int)length, out var bytes))
        {
            return cursor.Ended(key);
        }

        if (!Utf8.IsValid(bytes))
        {
            return NotUtf8(key);
        }

        var kept = bytes.Length <= KeptBytes || key == GgufKeys.ChatTemplate;
        value = new GgufValue(GgufValueType.String, Text: kept ? Encoding.UTF8.GetString(bytes) : null);
        return null;
    }

    private GgufRejected? ReadArray(string key, out GgufValue value)
    {
        value = new GgufValue(GgufValueType.Array);
        if (!cursor.TryUInt32(out var elementNumber) || !cursor.TryUInt64(out var count))
        {
            return cursor.Ended(key);
        }

        var type = (GgufValueType)elementNumber;
        if (type == GgufValueType.Array)
        {
            return GgufRejected.OfKey(GgufProblem.NestedArray, key, $"{key} is an array of arrays, which the engine does not read.");
        }

        var size = type == GgufValueType.String ? 8 : GgufValue.SizeOf(type);
        if (size == 0)
        {
            return UnknownType(key, type);
        }

        var limit = key == GgufTokens.TokensKey ? limits.Tokens : limits.ArrayElements;
        if (count > (ulong)limit)
        {
            return GgufRejected.OfKey(
                GgufProblem.ArrayTooLong, key, $"{key} claims {count} elements; the limit is {limit}.");
        }

        // A string is at least its length; checked before anything is allocated for the elements.
        if (!cursor.Has(count * (ulong)size))
        {
            return cursor.Ended(key);
        }

        return type == GgufValueType.String
            ? ReadStrings(key, (int)count, out value)
            : ReadNumbers(key, type, (int)count, out value);
    }

    private GgufRejected? ReadStrings(string key, int count, out GgufValue value)
    {
        value = new GgufValue(GgufValueType.Array, ElementType: GgufValueType.String, Count: count);
        for (var i = 0; i < count; i++)
        {
            if (!cursor.TryUInt64(out var length))
            {
                return cursor.Ended(key);
            }

            if (length > (ulong)limits.ElementBytes)
            {
                return TooLong($"{key}[{i}]", length, limits.ElementBytes) with { Key = key };
            }

            if (!cursor.TryTake((int)length, out var text))
            {
                return cursor.Ended(key);
            }

            if (!Utf8.IsValid(text))
            {
                return NotUtf8($"{key}[{i}]") with { Key = key };
            }

            if (key == GgufTokens.TokensKey)
            {
                tokens.AddToken(i, text);
            }
            else if (key == GgufTokens.MergesKey)
            {
                tokens.AddMerge(i, text);
            }
        }

        return null;
    }

    private GgufRejected? ReadNumbers(string key, GgufValueType type, int count, out GgufValue value)
    {
        value = new GgufValue(GgufValueType.Array, ElementType: type, Count: count);
        var size = GgufValue.SizeOf(type);
        var kept = count <= KeptElements && size is 1 or 4 ? new List<uint>() : null;
        var chunk = ChunkBytes / size;
        for (var i = 0; i < count; i += chunk)
        {
            if (!cursor.TryTake(Math.Min(chunk, count - i) * size, out var bytes))
            {
                return cursor.Ended(key);
            }

            if (type == GgufValueType.Boolean && bytes.ContainsAnyExceptInRange((byte)0, (byte)1))
            {
                return NotBoolean(key);
            }

            if (key == GgufTokens.TypesKey && type == GgufValueType.Int32)
            {
                tokens.AddTypes(i, count, bytes);
            }
            else if (key == GgufTokens.ScoresKey && type == GgufValueType.Float32)
            {
                tokens.AddScores(i, bytes);
            }

            for (var at = 0; kept is not null && at < bytes.Length; at += size)
            {
                kept.Add(size == 1 ? bytes[at] : BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]));
            }
        }

        value = value with { Elements = kept };
        return null;
    }

    private static GgufRejected UnknownType(string key, GgufValueType type) => GgufRejected.OfKey(
        GgufProblem.UnknownValueType, key, $"The value of {key} has type {(uint)type}, which the format does not define.");

    private static GgufRejected NotBoolean(string key) =>
        GgufRejected.OfKey(GgufProblem.InvalidBoolean, key, $"{key} is a Boolean that is neither 0 nor 1.");

    private static GgufRejected NotUtf8(string key) =>
        GgufRejected.OfKey(GgufProblem.InvalidUtf8, key, $"The text of {key} is not valid UTF-8.");

    private static GgufRejected TooLong(string key, ulong length, int limit) =>
        GgufRejected.OfKey(GgufProblem.StringTooLong, key, $"The text of {key} is {length} bytes long; the limit is {limit}.");
}
