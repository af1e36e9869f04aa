using System.Security.Cryptography;

namespace EdgeBox.Daemon.Gateway.Answers;

/// <summary>What an answer is called, and when it was begun.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Created">Seconds since 1970.</param>
internal sealed record AnswerHead(string Id, long Created)
{
    private const string IdCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private const int IdLength = 24;
    private const string Models = "models/";

    /// <summary>A new answer.</summary>
    /// <param name="kind">What its name begins with, e.g. "chatcmpl-".</param>
    /// <param name="time">The clock.</param>
    public static AnswerHead New(string kind, TimeProvider time) => new(NewId(kind), time.GetUtcNow().ToUnixTimeSeconds());

    /// <summary>A new name.</summary>
    /// <param name="kind">What it begins with.</param>
    public static string NewId(string kind) => kind + RandomNumberGenerator.GetString(IdCharacters, IdLength);

    /// <summary>What a model is called where there are only models.</summary>
    /// <param name="model">"models/NAME".</param>
    public static string ModelOf(string? model) => model is null ? "" : model.StartsWith(Models, StringComparison.Ordinal) ? model[Models.Length..] : model;
}
