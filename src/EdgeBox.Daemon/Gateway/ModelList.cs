using System.Text.Json;
using EdgeBox.Daemon.Access.Keys;
using EdgeBox.Daemon.Gateway.Bodies;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Models.Aliases;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway;

/// <summary>
/// The models that a key may ask for, as OpenAI's, Anthropic's and other servers' clients expect them at once: aliases first, because they go
/// on to mean the right thing when a model is replaced.
/// </summary>
internal sealed class ModelList(ModelRegistry models, AliasTable aliases, ModelDoor door, GatewayKeys keys)
{
    private static readonly string[] s_text = ["text"];

    /// <summary>GET /v1/models.</summary>
    public Task ListAsync(HttpContext context)
    {
        var found = Find(context.GetGatewayCaller().Key!).ToList();
        return context.WriteJsonAsync(StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "list"u8);
            json.WriteStartArray("data"u8);
            found.ForEach(row => Write(json, row.Id, row.Entry));
            json.WriteEndArray();
            json.WriteBoolean("has_more"u8, false);
            json.WriteString("first_id"u8, found.Count > 0 ? found[0].Id : null);
            json.WriteString("last_id"u8, found.Count > 0 ? found[^1].Id : null);
            json.WriteEndObject();
        });
    }

    /// <summary>GET /v1/models/{id}.</summary>
    public Task GetAsync(HttpContext context)
    {
        var id = (string?)context.Request.RouteValues["id"] ?? "";
        var key = context.GetGatewayCaller().Key!;
        var entry = door.Choose(ModelField.Judge(id), key.Identity);
        return keys.MayUse(key, entry.Name)
            ? context.WriteJsonAsync(StatusCodes.Status200OK, json => Write(json, id, entry))
            : throw ModelRegistry.NotFound(entry.Name.ToString());
    }

    private IEnumerable<(string Id, ModelEntry Entry)> Find(IssuedKey key)
    {
        var all = models.List().Where(entry => MayAnswer(entry) && keys.MayUse(key, entry.Name)).ToList();
        foreach (var name in aliases.List().Select(meaning => meaning.Key.Name).Distinct(StringComparer.Ordinal))
        {
            var meant = aliases.Resolve(name, key.Identity);
            if (all.Find(entry => entry.Name.ToString() == meant) is { } entry)
            {
                yield return (name, entry);
            }
        }

        foreach (var entry in all)
        {
            yield return (entry.Name.Id, entry);
        }
    }

    private static bool MayAnswer(ModelEntry entry) =>
        !entry.Testing && (entry.Host is not null || entry.Load is not null || entry.State == ModelState.Available);

    private static void Write(Utf8JsonWriter json, string id, ModelEntry entry)
    {
        var model = entry.Describe();
        var title = model.Title.Length > 0 ? model.Title : entry.Name.Id;
        var since = entry.Host?.Snapshot.ReadyAt ?? entry.Installed?.Verified ?? DateTimeOffset.UnixEpoch;
        var context = model.ContextTokens > 0 ? model.ContextTokens
            : entry.Options.ContextTokens > 0 ? entry.Options.ContextTokens
            : entry.Installed?.Manifest.ContextTokens ?? 0;
        json.WriteStartObject();
        json.WriteString("id"u8, id);
        json.WriteString("object"u8, "model"u8);
        json.WriteString("type"u8, "model"u8);
        json.WriteNumber("created"u8, since.ToUnixTimeSeconds());
        json.WriteString("created_at"u8, since.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture));
        json.WriteString("owned_by"u8, "edgebox"u8);
        json.WriteString("name"u8, title);
        json.WriteString("display_name"u8, title);
        if (context > 0)
        {
            // One fact under the names by which ChatBox and OpenRouter's clients, vLLM's, and LM Studio's look for it.
            json.WriteNumber("context_length"u8, context);
            json.WriteNumber("max_model_len"u8, context);
            json.WriteNumber("max_context_length"u8, context);
            json.WriteNumber("context_window"u8, context);
        }

        json.WriteStartObject("architecture"u8);
        WriteModalities(json, "input_modalities");
        WriteModalities(json, "output_modalities");
        json.WriteEndObject();
        WriteExtras(json, entry, model);
        json.WriteEndObject();
    }

    private static void WriteModalities(Utf8JsonWriter json, string name)
    {
        json.WriteStartArray(name);
        foreach (var kind in s_text)
        {
            json.WriteStringValue(kind);
        }

        json.WriteEndArray();
    }

    private static void WriteExtras(Utf8JsonWriter json, ModelEntry entry, Model model)
    {
        json.WriteStartObject("edgebox"u8);
        json.WriteString("model"u8, entry.Name.ToString());
        json.WriteString("state"u8, model.State.ToString().ToLowerInvariant());
        json.WriteBoolean("chat"u8, model.Chat);
        json.WriteBoolean("tools"u8, model.Tools);
        json.WriteBoolean("thinks"u8, model.Thinks);
        json.WriteNumber("embedding_length"u8, model.EmbeddingLength);
        json.WriteNumber("active_requests"u8, model.ActiveRequests);
        json.WriteNumber("queued_requests"u8, model.QueuedRequests);
        json.WriteEndObject();
    }
}

/// <summary>The routes of <see cref="ModelList"/>.</summary>
internal static class ModelListRoutes
{
    /// <summary>Opens them.</summary>
    public static void MapModelList(this IEndpointRouteBuilder routes)
    {
        routes.MapKeyed<ModelList>("GET", "/v1/models", KeyScope.Unspecified, (list, context) => list.ListAsync(context));
        routes.MapKeyed<ModelList>("GET", "/v1/models/{**id}", KeyScope.Unspecified, (list, context) => list.GetAsync(context));
    }
}
