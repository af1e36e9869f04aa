using EdgeBox.Testing.Gguf;

namespace EdgeBox.Testing.Models;

/// <summary>Writes the weights of a scripted model.</summary>
internal sealed class ScriptedTensors(GgufWriter writer, GptOssShape shape, float ropeBase, GgmlType? idle)
{
    // How much the four fastest rotations of RoPE count: together they tell distance 1 from every other in the window.
    private static readonly double[] s_rotations = [4, 2, 1, 1];

    // How far the score of the token before is above every other: e to the minus 40 is nothing.
    private const double Margin = 40;

    // What a token that is said only after a call lacks before it, and gains by it, in weights of a fitting neighbour: with both
    // neighbours it wins by a quarter after the call alone, and with one of them it never does.
    private const float Waits = 0.5f;
    private const float Gains = 0.75f;

    private int Half => shape.Embedding / 2;

    /// <summary>The steps that are taken only after a call, where another could be taken before it.</summary>
    public required IReadOnlySet<(ScriptToken Second, ScriptToken First, ScriptToken Next)> Turns { get; init; }

    public void Add(
        ScriptedVocabulary vocabulary,
        Dictionary<ScriptToken, int> directions,
        List<(ScriptToken Second, ScriptToken First, ScriptToken Next)> steps,
        float amplitude,
        float weight)
    {
        var embedding = new Matrix(shape.Embedding, shape.Vocabulary);
        foreach (var (token, id) in vocabulary.All)
        {
            embedding[directions.GetValueOrDefault(token, directions[ScriptToken.Other]), id] = amplitude;
        }

        Add("token_embd.weight", embedding);
        var called = directions.GetValueOrDefault(Script.EndOfCall, -1);
        AddLayer("blk.0.", LookBack());
        for (var layer = 1; layer < shape.Layers; layer++)
        {
            AddLayer($"blk.{layer}.", layer == 1 && Turns.Count > 0 ? LookForCall(called) : Nothing());
        }

        Ones("output_norm.weight", shape.Embedding);

        var output = new Matrix(shape.Embedding, shape.Vocabulary);
        foreach (var (second, first, next) in steps)
        {
            output[directions[first], vocabulary.Id(next)] = weight;
            output[Half + directions[second], vocabulary.Id(next)] = Turns.Contains((second, first, next)) ? weight - (Waits * weight) : weight;
        }

        foreach (var (_, _, next) in Turns)
        {
            output[Half + called, vocabulary.Id(next)] = Gains * weight;
        }

        Add("output.weight", output);
    }

    private void AddLayer(string block, Attention attention)
    {
        var width = shape.Heads * shape.HeadSize;
        Ones(block + "attn_norm.weight", shape.Embedding);
        Add(block + "attn_q.weight", idle ?? GgmlType.Q80, shape.Embedding, width);
        Add(block + "attn_q.bias", attention.Queries);
        if (attention.KeyOf is { } keyOf)
        {
            Add(block + "attn_k.weight", keyOf);
        }
        else
        {
            Add(block + "attn_k.weight", idle ?? GgmlType.Q80, shape.Embedding, width);
        }

        Add(block + "attn_k.bias", attention.Keys);
        Add(block + "attn_v.weight", attention.Values);
        Add(block + "attn_v.bias", new float[width]);
        Add(block + "attn_output.weight", attention.Result);
        Add(block + "attn_output.bias", new float[shape.Embedding]);
        Add(block + "attn_sinks.weight", [.. Enumerable.Repeat(-10000f, shape.Heads)]);
        Ones(block + "post_attention_norm.weight", shape.Embedding);
        Add(block + "ffn_gate_inp.weight", GgmlType.F32, shape.Embedding, shape.Experts);
        Add(block + "ffn_gate_inp.bias", GgmlType.F32, shape.Experts);
        Add(block + "ffn_gate_exps.weight", idle ?? GgmlType.MXFP4, shape.Embedding, shape.FeedForward, shape.Experts);
        Add(block + "ffn_gate_exps.bias", GgmlType.F32, shape.FeedForward, shape.Experts);
        Add(block + "ffn_up_exps.weight", idle ?? GgmlType.MXFP4, shape.Embedding, shape.FeedForward, shape.Experts);
        Add(block + "ffn_up_exps.bias", GgmlType.F32, shape.FeedForward, shape.Experts);
        Add(block + "ffn_down_exps.weight", idle ?? GgmlType.MXFP4, shape.FeedForward, shape.Embedding, shape.Experts);
        Add(block + "ffn_down_exps.bias", GgmlType.F32, shape.Embedding, shape.Experts);
    }

    private Attention Nothing()
    {
        var width = shape.Heads * shape.HeadSize;
        return new(new float[width], new float[width], new Matrix(shape.Embedding, width), new Matrix(width, shape.Embedding));
    }

    /// <summary>Biases of queries and keys whose product, once RoPE has turned them by their positions, is largest at distance 1.</summary>
    private Attention LookBack()
    {
        var half = shape.HeadSize / 2;
        double Angle(int rotation) => Math.Pow(ropeBase, -2.0 * rotation / shape.HeadSize);
        double Score(int distance) => s_rotations.Select((w, f) => w * Math.Cos(Angle(f) * (distance - 1))).Sum();
        var gap = Score(1) - Enumerable.Range(0, shape.Window).Where(d => d != 1).Max(Score);
        var scale = Margin / gap * Math.Sqrt(shape.HeadSize);
        var attention = Nothing();
        for (var head = 0; head < shape.Heads; head++)
        {
            for (var f = 0; f < s_rotations.Length; f++)
            {
                var at = (head * shape.HeadSize) + f;
                var length = Math.Sqrt(s_rotations[f] * scale);
                attention.Keys[at] = (float)length;
                attention.Queries[at] = (float)(length * Math.Cos(Angle(f)));
                attention.Queries[at + half] = (float)(-length * Math.Sin(Angle(f)));
            }
        }

        for (var i = 0; i < Half; i++)
        {
            // The norm before the layer brings the one number of an embedding to the root of the width; the result goes back to where it was.
            attention.Values[i, i] = 1;
            attention.Result[i, Half + i] = 16 / MathF.Sqrt(shape.Embedding);
        }

        return attention;
    }

    /// <summary>One head whose keys are large at the sign of a call alone, in the rotation that hardly turns over a whole context; it copies the sign's direction.</summary>
    private Attention LookForCall(int called)
    {
        var still = (shape.HeadSize / 2) - 1;
        var length = (float)Math.Sqrt(Margin * Math.Sqrt(shape.HeadSize));
        var size = MathF.Sqrt(shape.Embedding / 2f); // Of a number after the norm: there are two, of the token and of the one before it.
        var attention = Nothing() with { KeyOf = new Matrix(shape.Embedding, shape.Heads * shape.HeadSize) };
        attention.Queries[still] = length;
        attention.KeyOf[called, still] = length / size;
        attention.Values[called, 0] = 1;
        attention.Result[0, Half + called] = 16 / size;
        return attention;
    }

    private void Ones(string name, long extent) => writer.AddTensor(name, GgmlType.F32, [extent], RandomWeights.Constant([extent], 1));

    private void Add(string name, GgmlType type, params long[] dims) => writer.AddTensor(name, type, dims, new byte[Ggml.SizeOf(type, dims)]);

    private void Add(string name, float[] values) => writer.AddTensor(name, GgmlType.F32, [values.Length], Ggml.Encode(GgmlType.F32, values));

    private void Add(string name, Matrix matrix) =>
        writer.AddTensor(name, GgmlType.Q80, [matrix.Columns, matrix.Rows], Ggml.Encode(GgmlType.Q80, matrix.Values));

    /// <summary>What a layer looks for, and what it does with that.</summary>
    private sealed record Attention(float[] Queries, float[] Keys, Matrix Values, Matrix Result)
    {
        /// <summary>Keys by what a token is; null: they are all alike.</summary>
        public Matrix? KeyOf { get; init; }
    }

    /// <summary>A matrix as the engine has it: a row for each output, a column for each input.</summary>
    private sealed class Matrix(int columns, int rows)
    {
        public int Columns => columns;

        public int Rows => rows;

        public float[] Values { get; } = new float[columns * rows];

        public float this[int column, int row]
        {
            set => Values[(row * columns) + column] = value;
        }
    }
}
