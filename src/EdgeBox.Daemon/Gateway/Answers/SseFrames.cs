using System.Buffers;
using System.Text;
using System.Text.Json;

namespace EdgeBox.Daemon.Gateway.Answers;

/// <summary>Writes events of a stream: a name perhaps, and JSON on one line.</summary>
internal sealed class SseFrames : IDisposable
{
    private readonly IBufferWriter<byte> _output;
    private readonly Utf8JsonWriter _json;

    public SseFrames(IBufferWriter<byte> output)
    {
        _output = output;
        _json = new Utf8JsonWriter(output, GatewayJson.Options);
    }

    /// <summary>Begins an event.</summary>
    /// <param name="name">Its name; null: none.</param>
    /// <returns>Writes its data; <see cref="End"/> ends it.</returns>
    public Utf8JsonWriter Begin(string? name = null)
    {
        if (name is not null)
        {
            _output.Write("event: "u8);
            Encoding.UTF8.GetBytes(name, _output);
            _output.Write("\n"u8);
        }

        _output.Write("data: "u8);
        _json.Reset(_output);
        return _json;
    }

    /// <summary>Ends an event.</summary>
    public void End()
    {
        _json.Flush();
        _output.Write("\n\n"u8);
    }

    /// <summary>Writes a line that clients skip. It must hold no line break.</summary>
    public void Comment(string text)
    {
        _output.Write(": "u8);
        Encoding.UTF8.GetBytes(text, _output);
        _output.Write("\n\n"u8);
    }

    /// <summary>Writes the event with which OpenAI's streams end.</summary>
    public void Done() => _output.Write("data: [DONE]\n\n"u8);

    public void Dispose() => _json.Dispose();
}
