using System.Security.Cryptography;
using Google.Protobuf;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>Tells requests that are alike (same model, same input) without keeping what they say.</summary>
/// <param name="High">First half of a keyed hash.</param>
/// <param name="Low">Second half.</param>
internal readonly record struct Fingerprint(ulong High, ulong Low);

/// <summary>Remembers which requests were in flight when a worker died, so that one that kills is not tried for ever.</summary>
/// <remarks>The hash is keyed with random bytes of this process: it tells nothing about the text to whoever reads memory later.</remarks>
internal sealed class Quarantine(TimeProvider time)
{
    /// <summary>How many deaths a request may be seen at before it is refused.</summary>
    public const int MaxDeaths = 2;

    /// <summary>How long a request and its like are refused.</summary>
    public static readonly TimeSpan Term = TimeSpan.FromMinutes(10);

    /// <summary>Fingerprints remembered at most; the oldest goes first.</summary>
    private const int MaxRemembered = 4096;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly Dictionary<Fingerprint, (int Deaths, DateTimeOffset Last)> _seen = [];

    /// <summary>Fingerprint of the input of a command: what it says, not how it is sampled.</summary>
    public Fingerprint Of(Wire.Command command)
    {
        IMessage input = command.CommandCase switch
        {
            Wire.Command.CommandOneofCase.Generate => InputOf(command.Generate),
            Wire.Command.CommandOneofCase.Embed => new Wire.Embed { Inputs = { command.Embed.Inputs } },
            Wire.Command.CommandOneofCase.Rerank => new Wire.Rerank { Query = command.Rerank.Query, Documents = { command.Rerank.Documents } },
            Wire.Command.CommandOneofCase.Tokenize => new Wire.Tokenize
            {
                Text = command.Tokenize.Text, PromptOf = command.Tokenize.PromptOf is { } generate ? InputOf(generate) : null,
            },
            _ => command,
        };
        Span<byte> hash = stackalloc byte[32];
        var bytes = input.ToByteArray();
        HMACSHA256.HashData(_key, bytes, hash);
        CryptographicOperations.ZeroMemory(bytes);
        return new Fingerprint(BitConverter.ToUInt64(hash), BitConverter.ToUInt64(hash[8..]));
    }

    /// <summary>Notes that a request was in flight at a death.</summary>
    /// <returns>At how many deaths within the term it was seen.</returns>
    public int Note(Fingerprint fingerprint)
    {
        var now = time.GetUtcNow();
        var deaths = _seen.TryGetValue(fingerprint, out var entry) && now - entry.Last < Term ? entry.Deaths + 1 : 1;
        _seen[fingerprint] = (deaths, now);
        if (_seen.Count > MaxRemembered)
        {
            _seen.Remove(_seen.MinBy(pair => pair.Value.Last).Key);
        }

        return deaths;
    }

    /// <summary>How much longer a request is refused; zero if it is not.</summary>
    public TimeSpan RefusedFor(Fingerprint fingerprint)
    {
        if (!_seen.TryGetValue(fingerprint, out var entry) || entry.Deaths < MaxDeaths)
        {
            return TimeSpan.Zero;
        }

        var left = Term - (time.GetUtcNow() - entry.Last);
        if (left > TimeSpan.Zero)
        {
            return left;
        }

        _seen.Remove(fingerprint);
        return TimeSpan.Zero;
    }

    /// <summary>What the worker has to read and to follow: the text, the tools, and what the answer may look like.</summary>
    private static Wire.Generate InputOf(Wire.Generate generate)
    {
        var input = new Wire.Generate
        {
            Grammar = generate.Grammar, JsonSchema = generate.JsonSchema, Regex = generate.Regex, Choices = { generate.Choices },
        };
        if (generate.InputCase == Wire.Generate.InputOneofCase.Conversation)
        {
            input.Conversation = generate.Conversation;
        }
        else
        {
            input.Prompt = generate.Prompt;
        }

        return input;
    }
}
