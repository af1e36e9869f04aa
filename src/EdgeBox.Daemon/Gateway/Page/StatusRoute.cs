using System.Text.Json;
using EdgeBox.Daemon.Access.Keys;
using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Hosting;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Models.Acceptance;
using EdgeBox.Daemon.Models.Aliases;
using EdgeBox.Daemon.Operations;
using EdgeBox.Daemon.Tasks;
using EdgeBox.V1;
using Google.Protobuf;

namespace EdgeBox.Daemon.Gateway.Page;

/// <summary>
/// What the page shows of the box, from the owners that gRPC asks: its status and models, the tasks of a model, and what happened last as far
/// as the role of the key goes.
/// </summary>
internal sealed class StatusRoute(
    StatusReport report, GatewayKeys keys, ModelDoor door, TaskRegistry tasks, IMachine machine, AuditLog audit, OperationRegistry operations)
{
    private const int MostEvents = 12;

    private static readonly JsonFormatter s_formatter = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    /// <summary>GET /edgebox/v1/status.</summary>
    public Task TellAsync(HttpContext context)
    {
        var key = context.GetGatewayCaller().Key!;
        var status = ReadFor(key);
        return context.WriteJsonAsync(StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("key"u8);
            json.WriteString("name"u8, key.Name);
            json.WriteString("role"u8, Access.RoleNames.NameOf(key.Role));
            json.WriteEndObject();
            json.WriteString("machine"u8, machine.Words);
            json.WritePropertyName("status"u8);
            json.WriteRawValue(s_formatter.Format(status), skipInputValidation: true);
            json.WriteStartArray("events"u8);
            WriteEvents(json, key.Role);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary>GET /edgebox/v1/tasks?model=MODEL.</summary>
    public Task ListTasksAsync(HttpContext context)
    {
        var key = context.GetGatewayCaller().Key!;
        var model = door.Choose(context.Request.Query["model"].ToString(), key.Identity, BuiltInAliases.Chat);
        if (!keys.MayUse(key, model.Name))
        {
            throw ModelRegistry.NotFound(model.Name.ToString());
        }

        var found = new ListTasksResponse { Tasks = { tasks.List(model.Name.ToString(), model.Installed?.Manifest) } };
        return context.WriteJsonAsync(StatusCodes.Status200OK, json => json.WriteRawValue(s_formatter.Format(found), skipInputValidation: true));
    }

    /// <summary>The status with the models that the key may ask for, and without what a browser has no use for: licences, paths, standard error.</summary>
    private ApplianceStatus ReadFor(IssuedKey key)
    {
        var status = report.Now(key.Models.Count == 0 ? null : name => keys.MayUse(key, name));
        status.Endpoints.Clear();
        foreach (var model in status.Models)
        {
            model.Manifest = null;
            model.Path = "";
            if (model.Worker is { } worker)
            {
                worker.LastStderr = "";
            }

            model.Problem?.Details.Clear();
        }

        return status;
    }

    /// <summary>The audit log's for admins, operations for operators, as over gRPC.</summary>
    private void WriteEvents(Utf8JsonWriter json, Role role)
    {
        if (role >= Role.Admin)
        {
            foreach (var link in audit.Page(long.MaxValue, "", MostEvents))
            {
                Write(json, link.Time, link.Entry.Event, link.Entry.Subject, link.Entry.Actor);
            }
        }
        else if (role >= Role.Operator)
        {
            foreach (var (_, operation) in operations.Page(long.MaxValue, MostEvents))
            {
                Write(json, operation.CreateTime.ToDateTimeOffset(), operation.Kind, operation.Subject, operation.Actor);
            }
        }
    }

    private static void Write(Utf8JsonWriter json, DateTimeOffset time, string what, string subject, string actor)
    {
        json.WriteStartObject();
        json.WriteString("time"u8, time);
        json.WriteString("event"u8, what);
        json.WriteString("subject"u8, subject);
        json.WriteString("actor"u8, actor);
        json.WriteEndObject();
    }
}
