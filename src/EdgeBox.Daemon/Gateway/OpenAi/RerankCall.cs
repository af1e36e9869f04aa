using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Gateway.Bodies;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>What a client asked of /v1/rerank, in the form of Cohere and Jina. docs/compatibility.md has every field.</summary>
/// <param name="Request">As the box's contract has it.</param>
/// <param name="TellsDocuments">Whether the documents are told again.</param>
internal sealed record RerankCall(RerankRequest Request, bool TellsDocuments)
{
    /// <summary>Reads a body.</summary>
    /// <exception cref="FailureException">INVALID_ARGUMENT: the field is named.</exception>
    public static RerankCall Read(JsonField body)
    {
        body["max_chunks_per_doc"].Forbid("documents that fit into the model's context");
        body["max_tokens_per_doc"].Forbid("documents that fit into the model's context");
        body["rank_fields"].Forbid("documents that are texts");
        var documents = body["documents"];
        if (!documents.IsSet)
        {
            throw documents.Wrong("a list of texts");
        }

        var request = new RerankRequest { Model = ModelField.Read(body), Query = body["query"].Text(), TopN = body["top_n"].Count(1, int.MaxValue) ?? 0 };
        request.Documents.AddRange(documents.Items(RequestLimits.MaxDocuments).Select(one => one.IsObject ? one["text"].Text() : one.Text()));
        RequestLimits.Check(request); // Its fields have the same names.
        return new RerankCall(request, body["return_documents"].FlagOr(false));
    }
}
