using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Harmony;

namespace EdgeBox.Worker.Tests.Harmony;

/// <summary>Harmony answers as text, with "·" where a token ends, and what a reader makes of them.</summary>
internal static partial class HarmonyStream
{
    /// <summary>Any text.</summary>
    public const int TextToken = 100;

    /// <summary>A sign that ends generation and that harmony does not know.</summary>
    public const int OtherEnd = 101;

    public static HarmonyTokens Tokens { get; } = new(Start: 1, Channel: 2, Message: 3, End: 4, Return: 5, Call: 6, Constrain: 7);

    /// <summary>A conversation with tools of these names.</summary>
    public static Conversation With(params string[] tools) => new([]) { Tools = [.. tools.Select(name => new Tool(name, "", ""))] };

    /// <summary>One of some values.</summary>
    public static Gen<T> AnyOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    /// <summary>The tokens of a text in which signs stand as they are written.</summary>
    public static IEnumerable<(int Token, byte[] Piece)> Split(string text) =>
        from Match match in Token().Matches(text)
        let sign = match.Value switch
        {
            "<|start|>" => 1,
            "<|channel|>" => 2,
            "<|message|>" => 3,
            "<|end|>" => 4,
            "<|return|>" => 5,
            "<|call|>" => 6,
            "<|constrain|>" => 7,
            _ => TextToken,
        }
        select (sign, sign == TextToken ? Encoding.UTF8.GetBytes(match.Value) : []);

    /// <summary>Reads an answer to its end.</summary>
    public static HarmonySink Read(string text, Conversation? conversation = null) => Read(Split(text), conversation);

    public static HarmonySink Read(IEnumerable<(int Token, byte[] Piece)> tokens, Conversation? conversation = null)
    {
        var (reader, sink) = (new HarmonyReader(Tokens, conversation ?? With("get_weather", "search")), new HarmonySink());
        foreach (var (token, piece) in tokens)
        {
            reader.Read(token, piece, sink);
        }

        reader.Finish(sink);
        sink.Dropped = reader.HeaderBytes;
        return sink;
    }

    [GeneratedRegex(@"<\|(start|channel|message|end|return|call|constrain)\|>|[^·<]+|<(?!\|(start|channel|message|end|return|call|constrain)\|>)[^·<]*")]
    private static partial Regex Token();
}

/// <summary>Writes down what it is told: "think{..} say{..} answer{..} name(..)", a bar where a message goes on in another call.</summary>
internal sealed class HarmonySink : IAnswerSink
{
    private readonly StringBuilder _told = new();
    private string? _open;

    public string Told => _told.ToString().TrimEnd();

    public List<string> Oddities { get; } = [];

    /// <summary>All bytes of texts and arguments.</summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes of headers.</summary>
    public long Dropped { get; set; }

    public void Text(ReadOnlySpan<byte> bytes, TextKind kind)
    {
        Bytes += bytes.Length;
        var name = kind switch { TextKind.Answer => "answer", TextKind.Reasoning => "think", _ => "say" };
        if (_open != name)
        {
            Assert.Null(_open);
            _told.Append(name).Append('{');
            _open = name;
        }

        _told.Append(Encoding.UTF8.GetString(bytes));
    }

    public void EndMessage()
    {
        Assert.NotEqual("call", _open);
        if (_open is not null)
        {
            _told.Append("} ");
        }

        _open = null;
    }

    public void BeginCall(string tool)
    {
        Assert.Null(_open);
        _open = "call";
        _told.Append(tool).Append('(');
    }

    public void Arguments(ReadOnlySpan<byte> bytes)
    {
        Assert.Equal("call", _open);
        Bytes += bytes.Length;
        _told.Append(Encoding.UTF8.GetString(bytes));
    }

    public void EndCall()
    {
        Assert.Equal("call", _open);
        _open = null;
        _told.Append(") ");
    }

    public void Oddity(string name) => Oddities.Add(name);
}
