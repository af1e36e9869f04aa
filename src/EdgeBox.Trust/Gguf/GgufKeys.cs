namespace EdgeBox.Trust.Gguf;

/// <summary>Reads the keys of one model by name; the first fault is kept and everything after it reads as absent.</summary>
internal sealed class GgufKeys(GgufContainer container, string architecture)
{
    public const string ChatTemplate = "tokenizer.chat_template";
    public const string RankTemplate = "tokenizer.chat_template.rerank";

    public GgufRejected? Fault { get; private set; }

    /// <summary>Keeps a fault unless there is one already.</summary>
    public void Refuse(GgufProblem problem, string key, string message) =>
        Fault ??= GgufRejected.OfKey(problem, key, message);

    /// <summary>The full name of a key of the architecture.</summary>
    public string Full(string name) => $"{architecture}.{name}";

    public bool Has(string key) => container[key] is not null;

    public string? Text(string key, bool required = false) => Find(key, GgufValueType.String, required)?.Text;

    public bool Boolean(string key, bool absent) => Find(key, GgufValueType.Boolean, required: false) is { } value ? value.Bits != 0 : absent;

    /// <summary>A whole number within bounds, or null if it is not there.</summary>
    public int? Number(string key, int min, int max, bool required = false) =>
        Find(key, GgufValueType.UInt32, required) is { } value ? Within(key, (uint)value.Bits, min, max) : null;

    /// <summary>A whole number that may also stand once for each layer; the layers must then agree.</summary>
    public int? Uniform(string key, int min, int max, int layers, bool required = false)
    {
        if (container[key] is not { Type: GgufValueType.Array } value)
        {
            return Number(key, min, max, required);
        }

        if (!value.IsArrayOf(GgufValueType.UInt32) && !value.IsArrayOf(GgufValueType.Int32))
        {
            Refuse(GgufProblem.WrongValueType, key, $"{key} is an array of {value.ElementType}; it must hold UInt32.");
            return null;
        }

        if (value.Count != layers || value.Elements is not { Count: > 0 } elements)
        {
            Refuse(GgufProblem.ValueOutOfRange, key, $"{key} has {value.Count} elements; it must have one for each of {layers} layers.");
            return null;
        }

        if (elements.Any(e => e != elements[0]))
        {
            Refuse(GgufProblem.UnsupportedFeature, key, $"{key} differs from layer to layer, which this release does not serve.");
            return null;
        }

        return Within(key, elements[0], min, max);
    }

    /// <summary>A finite number of at least a minimum, or null if it is not there.</summary>
    public float? Real(string key, float min, bool required = false)
    {
        if (Find(key, GgufValueType.Float32, required) is not { } value)
        {
            return null;
        }

        if (!float.IsFinite(value.Float32) || value.Float32 < min)
        {
            Refuse(GgufProblem.ValueOutOfRange, key, $"{key} is {value.Float32}; it must be a finite number of at least {min}.");
            return null;
        }

        return value.Float32;
    }

    /// <summary>The value under a key if it is an array of anything.</summary>
    public GgufValue? ArrayOrNull(string key) => container[key] is { Type: GgufValueType.Array } value ? value : null;

    /// <summary>The array under a key, if it is one of the types given.</summary>
    public GgufValue? ArrayOf(string key, bool required, params GgufValueType[] types)
    {
        if (container[key] is not { } value)
        {
            Absent(key, required);
            return null;
        }

        if (types.Any(value.IsArrayOf))
        {
            return value;
        }

        Refuse(GgufProblem.WrongValueType, key, $"{key} must be an array of {string.Join(" or ", types)}.");
        return null;
    }

    private GgufValue? Find(string key, GgufValueType type, bool required)
    {
        if (container[key] is not { } value)
        {
            Absent(key, required);
            return null;
        }

        if (value.Type == type)
        {
            return value;
        }

        Refuse(GgufProblem.WrongValueType, key, $"{key} is of type {value.Type}; it must be {type}.");
        return null;
    }

    private void Absent(string key, bool required)
    {
        if (required)
        {
            Refuse(GgufProblem.MissingKey, key, $"The key {key} is missing; the engine needs it.");
        }
    }

    private int? Within(string key, uint value, int min, int max)
    {
        if (value >= (uint)min && value <= (uint)max)
        {
            return (int)value;
        }

        Refuse(GgufProblem.ValueOutOfRange, key, $"{key} is {value}; it must be from {min} to {max}.");
        return null;
    }
}
