using System.Globalization;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Gateway.Bodies;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>What a client asked of /v1/embeddings: the texts, as many at a time as the box takes. docs/compatibility.md has every field.</summary>
/// <param name="Requests">As the box's contract has it, in order.</param>
/// <param name="Base64">Whether vectors are told as base64 of little-endian numbers.</param>
/// <param name="Dimensions">How long the vectors must be; null: as long as they are.</param>
internal sealed record EmbeddingCall(IReadOnlyList<EmbedRequest> Requests, bool Base64, uint? Dimensions)
{
    // OpenAI's.
    private const int MaxInputs = 2048;

    /// <summary>Reads a body.</summary>
    /// <exception cref="FailureException">INVALID_ARGUMENT: the field is named.</exception>
    public static EmbeddingCall Read(JsonField body)
    {
        var field = body["input"];
        var inputs = field.IsList ? [.. field.Items(MaxInputs).Select(Text)] : new List<string> { Text(field) };
        if (inputs.Count == 0)
        {
            throw field.Refuse("is an empty list", "a text or a list of texts");
        }

        var model = ModelField.Read(body);
        return new EmbeddingCall(
            [.. inputs.Chunk(RequestLimits.MaxInputs).Select(some => new EmbedRequest { Model = model, Inputs = { some } })],
            body["encoding_format"].WordOr(false, ("float", false), ("base64", true)), body["dimensions"].Count(1, int.MaxValue));
    }

    /// <summary>Refuses vectors of another length than was asked for: the box cuts none.</summary>
    public void CheckLength(EmbedResponse response)
    {
        if (Dimensions is { } wanted && response.Embeddings.Count > 0 && response.Embeddings[0].Values.Count is var length && length != wanted)
        {
            throw Limit.Refuse("dimensions", string.Create(CultureInfo.InvariantCulture, $"is {wanted}"),
                string.Create(CultureInfo.InvariantCulture, $"{length}, the length of the model's vectors"));
        }
    }

    private static string Text(JsonField field) =>
        !field.IsText ? throw field.Wrong("a text; numbers of tokens would be those of another vocabulary")
        : field.Element.ValueEquals("") ? throw field.Refuse("is empty", "at least one character")
        : field.Text();
}
