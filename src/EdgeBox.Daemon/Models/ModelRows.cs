namespace EdgeBox.Daemon.Models;

/// <summary>Rows of the database that tell of models.</summary>
internal static class ModelRows
{
    /// <summary>
    /// Those whose column model is $model ("models/NAME@VERSION"), or a version of it where that says none; all where it is empty.
    /// </summary>
    public const string OfModel = "($model = '' OR model = $model OR substr(model, 1, length($model) + 1) = $model || '@')";
}
