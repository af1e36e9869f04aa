namespace EdgeBox.Trust.Gguf;

/// <summary>Compares the tensors of a file with those that an architecture has; the first fault is kept.</summary>
internal sealed class GgufTensorRules(IReadOnlyDictionary<string, GgufTensor> tensors)
{
    private readonly HashSet<string> _seen = [];

    public GgufRejected? Fault { get; private set; }

    public bool Has(string name) => tensors.ContainsKey(name);

    /// <summary>A matrix that must be there.</summary>
    public void Matrix(string name, params ReadOnlySpan<long> extents) => Check(name, required: true, isMatrix: true, extents);

    /// <summary>A matrix that may be there.</summary>
    public void MaybeMatrix(string name, params ReadOnlySpan<long> extents) => Check(name, required: false, isMatrix: true, extents);

    /// <summary>Numbers that the engine adds or multiplies with, so they must be F32, and that must be there.</summary>
    public void Plain(string name, params ReadOnlySpan<long> extents) => Check(name, required: true, isMatrix: false, extents);

    /// <summary>Numbers that the engine adds or multiplies with, so they must be F32, and that may be there.</summary>
    public void MaybePlain(string name, params ReadOnlySpan<long> extents) => Check(name, required: false, isMatrix: false, extents);

    /// <summary>The matrices of attention, either three or one fused, with biases that may be there.</summary>
    public void Attention(string block, long embedding, long query, long keyValue)
    {
        var fused = query + keyValue + keyValue;
        if (Has(block + "attn_qkv.weight"))
        {
            Matrix(block + "attn_qkv.weight", embedding, fused);
            if (Has(block + "attn_qkv.bias"))
            {
                Plain(block + "attn_qkv.bias", fused);
                return;
            }
        }
        else
        {
            Matrix(block + "attn_q.weight", embedding, query);
            Matrix(block + "attn_k.weight", embedding, keyValue);
            Matrix(block + "attn_v.weight", embedding, keyValue);
        }

        MaybePlain(block + "attn_q.bias", query);
        MaybePlain(block + "attn_k.bias", keyValue);
        MaybePlain(block + "attn_v.bias", keyValue);
    }

    /// <summary>Refuses tensors that no rule spoke of: the engine would stop at them.</summary>
    public void Finish()
    {
        if (Fault is null && tensors.Keys.FirstOrDefault(name => !_seen.Contains(name)) is { } extra)
        {
            Fault = GgufRejected.OfTensor(
                GgufProblem.UnexpectedTensor, extra, $"Tensor {extra} does not belong to the architecture that the keys describe.");
        }
    }

    private void Check(string name, bool required, bool isMatrix, ReadOnlySpan<long> extents)
    {
        if (Fault is not null)
        {
            return;
        }

        if (!tensors.TryGetValue(name, out var tensor))
        {
            Fault = required
                ? GgufRejected.OfTensor(GgufProblem.MissingTensor, name, $"Tensor {name} is missing; the architecture needs it.")
                : null;
            return;
        }

        _seen.Add(name);
        Fault = WrongShape(tensor, extents) ?? WrongType(tensor, isMatrix);
    }

    private static GgufRejected? WrongShape(GgufTensor tensor, ReadOnlySpan<long> extents)
    {
        for (var i = 0; i < 4; i++)
        {
            if (tensor.Extents[i] != (i < extents.Length ? extents[i] : 1))
            {
                return GgufRejected.OfTensor(
                    GgufProblem.WrongShape,
                    tensor.Name,
                    $"Tensor {tensor.Name} is {tensor.Shape}; the keys and the vocabulary ask for [{string.Join(", ", extents.ToArray())}].");
            }
        }

        return null;
    }

    private static GgufRejected? WrongType(GgufTensor tensor, bool isMatrix)
    {
        var fits = isMatrix ? tensor.Type.IsWeight : tensor.Type.IsF32;
        return fits ? null : GgufRejected.OfTensor(
            GgufProblem.WrongTensorType,
            tensor.Name,
            $"Tensor {tensor.Name} is of type {tensor.Type.Name}; {(isMatrix ? "the engine computes with other types only" : "it must be F32")}.");
    }
}
