using EdgeBox.Testing.Gguf;

namespace EdgeBox.Testing.Models;

/// <summary>Writes the weights of a scripted model.</summary>
internal sealed class ScriptedTensors(GgufWriter writer, GptOssShape shape, float ropeBase, GgmlType? idle)
{
    // How much the four fastest rotations of RoPE count: together they tell distance 1 from every other in the window.
    private static readonly double[] s_rotations = [4, 2, 1, 1];

    // How far the score of the token before is above every other: e to the minus 40 is nothing.
    private const double Margin = 40;

    private int Half => shape.Embedding / 2;

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
        AddLayer("blk.0.", looksBack: true);
        for (var layer = 1; layer < shape.Layers; layer++)
        {
            AddLayer($"blk.{layer}.", looksBack: false);
        }

        Ones("output_norm.weight", shape.Embedding);

        var output = new Matrix(shape.Embedding, shape.Vocabulary);
        foreach (var (second, first, next) in steps)
        {
            output[directions[first], vocabulary.Id(next)] = weight;
            output[Half + directions[second], vocabulary.Id(next)] = weight;
        }

        Add("output.weight", output);
    }

    private void AddLayer(string block, bool looksBack)
    {
        var width = shape.Heads * shape.HeadSize;
        var (queries, keys) = looksBack ? LookBack() : (new float[width], new float[width]);
        var (values, result) = (new Matrix(shape.Embedding, width), new Matrix(width, shape.Embedding));
        for (var i = 0; looksBack && i < Half; i++)
        {
            // The norm before the layer brings the one number of an embedding to the root of the width; the result goes back to where it was.
            values[i, i] = 1;
            result[i, Half + i] = 16 / MathF.Sqrt(shape.Embedding);
        }

        Ones(block + "attn_norm.weight", shape.Embedding);
        Add(block + "attn_q.weight", idle ?? GgmlType.Q80, shape.Embedding, width);
        Add(block + "attn_q.bias", queries);
        Add(block + "attn_k.weight", idle ?? GgmlType.Q80, shape.Embedding, width);
        Add(block + "attn_k.bias", keys);
        Add(block + "attn_v.weight", values);
        Add(block + "attn_v.bias", new float[width]);
        Add(block + "attn_output.weight", result);
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

    /// <summary>Biases of queries and keys whose product, once RoPE has turned them by their positions, is largest at distance 1.</summary>
    private (float[] Queries, float[] Keys) LookBack()
    {
        var half = shape.HeadSize / 2;
        double Angle(int rotation) => Math.Pow(ropeBase, -2.0 * rotation / shape.HeadSize);
        double Score(int distance) => s_rotations.Select((w, f) => w * Math.Cos(Angle(f) * (distance - 1))).Sum();
        var gap = Score(1) - Enumerable.Range(0, shape.Window).Where(d => d != 1).Max(Score);
        var scale = Margin / gap * Math.Sqrt(shape.HeadSize);
        var (queries, keys) = (new float[shape.Heads * shape.HeadSize], new float[shape.Heads * shape.HeadSize]);
        for (var head = 0; head < shape.Heads; head++)
        {
            for (var f = 0; f < s_rotations.Length; f++)
            {
                var at = (head * shape.HeadSize) + f;
                var length = Math.Sqrt(s_rotations[f] * scale);
                keys[at] = (float)length;
                queries[at] = (float)(length * Math.Cos(Angle(f)));
                queries[at + half] = (float)(-length * Math.Sin(Angle(f)));
            }
        }

        return (queries, keys);
    }

    private void Ones(string name, long extent) => writer.AddTensor(name, GgmlType.F32, [extent], RandomWeights.Constant([extent], 1));

    private void Add(string name, GgmlType type, params long[] dims) => writer.AddTensor(name, type, dims, new byte[Ggml.SizeOf(type, dims)]);

    private void Add(string name, float[] values) => writer.AddTensor(name, GgmlType.F32, [values.Length], Ggml.Encode(GgmlType.F32, values));

    private void Add(string name, Matrix matrix) =>
        writer.AddTensor(name, GgmlType.Q80, [matrix.Columns, matrix.Rows], Ggml.Encode(GgmlType.Q80, matrix.Values));

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
