using System.Text;

namespace EdgeBox.Trust.Gguf;

/// <summary>Reads the descriptions of tensors.</summary>
internal static class GgufTensorReader
{
    /// <summary>The engine keeps names in 64 bytes with a zero at the end.</summary>
    private const int NameBytes = 63;

    private const int MaxDimensions = 4;

    /// <summary>No model has an extent near this; keeps products of extents far from overflow.</summary>
    private const long MaxElements = 1L << 46;

    public static GgufRejected? ReadAll(GgufCursor cursor, int count, List<GgufTensor> tensors)
    {
        var names = new HashSet<string>();
        for (var i = 0; i < count; i++)
        {
            if (Read(cursor, i, out var tensor) is { } fault)
            {
                return fault;
            }

            if (!names.Add(tensor!.Name))
            {
                return GgufRejected.OfTensor(GgufProblem.DuplicateTensor, tensor.Name, $"Tensor {tensor.Name} stands in the file twice.");
            }

            tensors.Add(tensor);
        }

        return null;
    }

    private static GgufRejected? Read(GgufCursor cursor, int index, out GgufTensor? tensor)
    {
        tensor = null;
        if (ReadName(cursor, index, out var name) is { } badName)
        {
            return badName;
        }

        if (ReadExtents(cursor, name, out var extents) is { } badExtents)
        {
            return badExtents;
        }

        if (!cursor.TryUInt32(out var number) || !cursor.TryUInt64(out var offset))
        {
            return cursor.Ended(tensor: name);
        }

        if (GgufTensorType.Find(number) is not { } type)
        {
            return GgufRejected.OfTensor(
                GgufProblem.UnknownTensorType, name, $"Tensor {name} has type {number}, which this release does not know.");
        }

        if (extents[0] % type.BlockLength != 0)
        {
            return GgufRejected.OfTensor(
                GgufProblem.RaggedRow,
                name,
                $"Tensor {name} has rows of {extents[0]}, which is not a multiple of {type.BlockLength}, the block of {type.Name}.");
        }

        var bytes = extents[0] * extents[1] * extents[2] * extents[3] / type.BlockLength * type.BlockBytes;
        tensor = new GgufTensor(name, type, extents, offset, bytes);
        return null;
    }

    private static GgufRejected? ReadName(GgufCursor cursor, int index, out string name)
    {
        name = "";
        if (!cursor.TryUInt64(out var length))
        {
            return cursor.Ended();
        }

        if (length is 0 or > NameBytes)
        {
            return GgufRejected.File(
                GgufProblem.InvalidTensorName, $"The name of tensor {index} is {length} bytes long; 1 to {NameBytes} are allowed.");
        }

        if (!cursor.TryTake((int)length, out var bytes))
        {
            return cursor.Ended();
        }

        if (bytes.ContainsAnyExceptInRange((byte)'!', (byte)'~'))
        {
            return GgufRejected.File(
                GgufProblem.InvalidTensorName, $"The name of tensor {index} has characters other than letters, digits and signs.");
        }

        name = Encoding.ASCII.GetString(bytes);
        return null;
    }

    private static GgufRejected? ReadExtents(GgufCursor cursor, string name, out long[] extents)
    {
        extents = [1, 1, 1, 1];
        if (!cursor.TryUInt32(out var dimensions))
        {
            return cursor.Ended(tensor: name);
        }

        if (dimensions is 0 or > MaxDimensions)
        {
            return GgufRejected.OfTensor(
                GgufProblem.InvalidDimensions, name, $"Tensor {name} has {dimensions} dimensions; 1 to {MaxDimensions} are possible.");
        }

        var elements = 1L;
        for (var i = 0; i < dimensions; i++)
        {
            if (!cursor.TryUInt64(out var extent))
            {
                return cursor.Ended(tensor: name);
            }

            if (extent == 0)
            {
                return GgufRejected.OfTensor(GgufProblem.InvalidDimensions, name, $"Extent {i} of tensor {name} is 0.");
            }

            if (extent > (ulong)(MaxElements / elements))
            {
                return GgufRejected.OfTensor(
                    GgufProblem.TensorTooLarge, name, $"Extent {i} of tensor {name} is {extent}: it has more numbers than any model.");
            }

            extents[i] = (long)extent;
            elements *= (long)extent;
        }

        return null;
    }
}
