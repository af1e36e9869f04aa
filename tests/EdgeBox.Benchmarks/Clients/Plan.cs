using System.Text.Json.Serialization;

namespace EdgeBox.Benchmarks.Clients;

/// <summary>Whom a client process asks.</summary>
internal sealed record Target
{
    /// <summary>Path of the Unix socket, "https://127.0.0.1:PORT" of the box, or "http://127.0.0.1:PORT" of its gateway or of a peer.</summary>
    public required string Address { get; init; }

    /// <summary>The model's name; a peer has one only.</summary>
    public string Model { get; init; } = "";

    /// <summary>API key, for the box's gateway.</summary>
    public string? Key { get; init; }

    /// <summary>Client certificate, its key and the box's CA in PEM, for the box's TLS endpoint.</summary>
    public Identity? Identity { get; init; }
}

/// <summary>Who a client is over TLS.</summary>
internal sealed record Identity(string Certificate, string Key, string Authority);

/// <summary>One request of a client.</summary>
internal sealed record Ask
{
    /// <summary>Seconds after the start before which it is not made.</summary>
    public double At { get; init; }

    /// <summary>Seconds after the answer before it, in which the client reads.</summary>
    public double Pause { get; init; }

    public required string Prompt { get; init; }

    /// <summary>The prompt's tokens, for a peer: both then read the same.</summary>
    public IReadOnlyList<int> Ids { get; init; } = [];

    /// <summary>How many tokens are made.</summary>
    public required int Tokens { get; init; }

    /// <summary>0: the likeliest token; otherwise nothing but the temperature is applied.</summary>
    public float Temperature { get; init; }

    public uint Seed { get; init; }

    /// <summary>GBNF, or empty.</summary>
    public string Grammar { get; init; } = "";

    /// <summary>Whether tokens may be guessed ahead.</summary>
    public bool Draft { get; init; }
}

/// <summary>What a client process does in one round: lines run side by side, the requests of a line one after the other.</summary>
internal sealed record Plan(Target Target, IReadOnlyList<IReadOnlyList<Ask>> Lines);

/// <summary>What became of a request. Times are timestamps of the machine's monotonic clock, the same in every process.</summary>
internal sealed record Answer
{
    public int Line { get; init; }

    /// <summary>When it was made.</summary>
    public long Asked { get; set; }

    /// <summary>When it had a slot; 0 if it never had, or if nobody says.</summary>
    public long Started { get; set; }

    /// <summary>When each piece came.</summary>
    public List<long> At { get; init; } = [];

    /// <summary>Tokens of each piece.</summary>
    public List<int> Pieces { get; init; } = [];

    /// <summary>When it ended.</summary>
    public long Ended { get; set; }

    /// <summary>Tokens made, as the server counts them.</summary>
    public int Tokens { get; set; }

    public int Drafted { get; set; }

    public int Accepted { get; set; }

    /// <summary>Whether it came to its end.</summary>
    public bool Complete { get; set; }

    /// <summary>Why it was refused; null if it was not.</summary>
    public string? Problem { get; set; }

    /// <summary>Notes a piece.</summary>
    public void Add(long at, int tokens)
    {
        At.Add(at);
        Pieces.Add(tokens);
    }
}

/// <summary>Plans and answers as JSON lines.</summary>
[JsonSerializable(typeof(Plan))]
[JsonSerializable(typeof(Answer))]
internal sealed partial class ClientJson : JsonSerializerContext;
