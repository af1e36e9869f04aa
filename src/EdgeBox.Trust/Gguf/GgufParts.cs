namespace EdgeBox.Trust.Gguf;

/// <summary>Checks that the files of a split model belong together and stand in their order.</summary>
internal static class GgufParts
{
    private const string NumberKey = "split.no";
    private const string CountKey = "split.count";
    private const string TensorsKey = "split.tensors.count";

    /// <summary>Null if the parts make one model, else what is wrong.</summary>
    public static GgufRejected? Check(IReadOnlyList<GgufContainer> parts)
    {
        if (parts.Count == 1)
        {
            return CheckSingle(parts[0]);
        }

        var seen = new HashSet<int>();
        for (var i = 0; i < parts.Count; i++)
        {
            if (CheckPart(parts[i], i, parts.Count, seen) is { } fault)
            {
                return fault with { Message = $"Part {i + 1} of {parts.Count}: {fault.Message}" };
            }
        }

        return CheckOrder(parts) ?? CheckTensors(parts);
    }

    private static GgufRejected? CheckSingle(GgufContainer part)
    {
        var count = Number(part, CountKey, required: false, out var fault);
        return fault ?? (count > 1
            ? GgufRejected.OfKey(GgufProblem.MissingPart, CountKey, $"The file is one of {count} parts of a model; the others are missing.")
            : null);
    }

    private static GgufRejected? CheckPart(GgufContainer part, int index, int parts, HashSet<int> seen)
    {
        var count = Number(part, CountKey, required: true, out var badCount);
        if (badCount is not null)
        {
            return badCount;
        }

        if (count != parts)
        {
            var problem = count > parts ? GgufProblem.MissingPart : GgufProblem.PartMismatch;
            return GgufRejected.OfKey(problem, CountKey, $"{CountKey} is {count}, but there are {parts} parts.");
        }

        var number = Number(part, NumberKey, required: true, out var badNumber);
        if (badNumber is not null)
        {
            return badNumber;
        }

        if (number >= parts)
        {
            return GgufRejected.OfKey(GgufProblem.PartMismatch, NumberKey, $"{NumberKey} is {number}, but there are {parts} parts.");
        }

        return seen.Add(number)
            ? null
            : GgufRejected.OfKey(GgufProblem.DuplicatePart, NumberKey, $"{NumberKey} is {number}, as in an earlier part.");
    }

    private static GgufRejected? CheckOrder(IReadOnlyList<GgufContainer> parts)
    {
        for (var i = 0; i < parts.Count; i++)
        {
            var number = Number(parts[i], NumberKey, required: true, out _);
            if (number != i)
            {
                return GgufRejected.OfKey(GgufProblem.PartOrder, NumberKey, $"Part {number + 1} stands where part {i + 1} should.");
            }
        }

        return null;
    }

    private static GgufRejected? CheckTensors(IReadOnlyList<GgufContainer> parts)
    {
        if (parts[0][TensorsKey] is not { } said)
        {
            return GgufRejected.OfKey(GgufProblem.MissingKey, TensorsKey, $"The key {TensorsKey} is missing; the engine needs it.");
        }

        if (said.Type != GgufValueType.Int32)
        {
            return GgufRejected.OfKey(GgufProblem.WrongValueType, TensorsKey, $"{TensorsKey} is of type {said.Type}; it must be Int32.");
        }

        var names = new HashSet<string>();
        foreach (var tensor in parts.SelectMany(p => p.Tensors))
        {
            if (!names.Add(tensor.Name))
            {
                return GgufRejected.OfTensor(GgufProblem.DuplicateTensor, tensor.Name, $"Tensor {tensor.Name} stands in two parts.");
            }
        }

        return (ulong)names.Count == said.Bits
            ? null
            : GgufRejected.OfKey(GgufProblem.PartMismatch, TensorsKey, $"{TensorsKey} is {said.Bits}, but the parts have {names.Count} tensors.");
    }

    private static int Number(GgufContainer part, string key, bool required, out GgufRejected? fault)
    {
        fault = null;
        if (part[key] is not { } value)
        {
            fault = required ? GgufRejected.OfKey(GgufProblem.MissingKey, key, $"The key {key} is missing; each part needs it.") : null;
            return 0;
        }

        if (value.Type != GgufValueType.UInt16)
        {
            fault = GgufRejected.OfKey(GgufProblem.WrongValueType, key, $"{key} is of type {value.Type}; it must be UInt16.");
            return 0;
        }

        return (int)value.Bits;
    }
}
