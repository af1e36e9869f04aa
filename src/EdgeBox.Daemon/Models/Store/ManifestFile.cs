using System.Text;
using EdgeBox.Daemon.Failures;
using EdgeBox.Platform.Files;
using EdgeBox.V1;
using Google.Protobuf;

namespace EdgeBox.Daemon.Models.Store;

/// <summary>A manifest as a file: JSON in protobuf's mapping.</summary>
internal static class ManifestFile
{
    /// <summary>What it is called in a folder that is imported.</summary>
    public const string Name = "edgebox-model.json";

    /// <summary>The most bytes that it may have.</summary>
    public const int MostBytes = 1024 * 1024;

    private const int MostDepth = 32;

    // Unknown fields are refused: a word that is spelled wrongly would else be a setting that silently does not hold.
    private static readonly JsonParser s_parser = new(new JsonParser.Settings(MostDepth));
    private static readonly JsonFormatter s_formatter = new(JsonFormatter.Settings.Default.WithIndentation());

    /// <summary>Reads a manifest; what it says is judged by <see cref="ManifestLimits"/>.</summary>
    /// <exception cref="FailureException">MODEL_FILE_UNREADABLE or MANIFEST_INVALID.</exception>
    public static ModelManifest Read(string path)
    {
        var text = ReadText(path);
        try
        {
            return s_parser.Parse<ModelManifest>(text);
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or InvalidJsonException or FormatException or OverflowException)
        {
            throw ManifestLimits.Invalid(path, $"is no manifest: {exception.Message}", FieldOf(exception.Message));
        }
    }

    /// <summary>The bytes of a manifest.</summary>
    public static byte[] Write(ModelManifest manifest) => Encoding.UTF8.GetBytes(s_formatter.Format(manifest) + "\n");

    private static string ReadText(string path)
    {
        try
        {
            using var file = RegularFile.OpenForReading(path, followLinks: false).Handle;
            var bytes = new byte[MostBytes + 1];
            var length = 0;
            while (length < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(length), length) is > 0 and var count)
            {
                length += count;
            }

            return length > MostBytes
                ? throw ManifestLimits.Invalid(path, $"is larger than {MostBytes} bytes")
                : new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.AsSpan(0, length)).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            throw ManifestLimits.Invalid(path, "is no valid UTF-8");
        }
        catch (IOException refused)
        {
            throw new FailureException(ErrorReason.ModelFileUnreadable, refused.Message, ("path", path), ("problem", refused.Message));
        }
    }

    /// <summary>The parser tells the name of a field that it does not know, and of nothing else.</summary>
    private static string FieldOf(string message)
    {
        const string Unknown = "Unknown field: ";
        return message.StartsWith(Unknown, StringComparison.Ordinal) ? message[Unknown.Length..] : "";
    }
}
