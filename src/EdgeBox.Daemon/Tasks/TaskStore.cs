using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Storage;
using EdgeBox.V1;
using Google.Protobuf;

namespace EdgeBox.Daemon.Tasks;

/// <summary>Remembers what models were set up for, whether or not they are loaded.</summary>
internal sealed class TaskStore(Database database, AuditLog audit)
{
    /// <summary>What a model was set up for, by name.</summary>
    public IReadOnlyList<TaskPreset> List(string model) => database.Read(connection => connection.Query(
        "SELECT preset FROM tasks WHERE model = $model ORDER BY name", row => TaskPreset.Parser.ParseFrom(row.GetBytes(0)), ("$model", model)));

    /// <summary>One task; null if the model was not set up for it.</summary>
    public TaskPreset? Find(string model, string name) => database.Read(connection => connection.Query(
        "SELECT preset FROM tasks WHERE model = $model AND name = $name", row => TaskPreset.Parser.ParseFrom(row.GetBytes(0)),
        ("$model", model), ("$name", name))) is [var found] ? found : null;

    /// <summary>Keeps a task, and that it was set, or neither; false if the model has as many as it may.</summary>
    public async Task<bool> PutAsync(string model, TaskPreset task, int most, string actor)
    {
        var kept = await database.WriteAsync(connection =>
        {
            var others = connection.Query(
                "SELECT count(*) FROM tasks WHERE model = $model AND name <> $name", row => row.GetInt64(0), ("$model", model), ("$name", task.Name))[0];
            if (others >= most)
            {
                return false;
            }

            connection.Execute(
                "INSERT INTO tasks (model, name, preset) VALUES ($model, $name, $preset) ON CONFLICT (model, name) DO UPDATE SET preset = $preset",
                ("$model", model), ("$name", task.Name), ("$preset", task.ToByteArray()));
            audit.Append(connection, AuditEntry.Of("task.set", actor, model, ("task", task.Name)));
            return true;
        });
        audit.Remember();
        return kept;
    }

    /// <summary>Forgets a task; false if there was none.</summary>
    public async Task<bool> RemoveAsync(string model, string name, string actor)
    {
        var removed = await database.WriteAsync(connection =>
        {
            var rows = connection.Execute("DELETE FROM tasks WHERE model = $model AND name = $name", ("$model", model), ("$name", name));
            if (rows > 0)
            {
                audit.Append(connection, AuditEntry.Of("task.reset", actor, model, ("task", name)));
            }

            return rows > 0;
        });
        audit.Remember();
        return removed;
    }
}
