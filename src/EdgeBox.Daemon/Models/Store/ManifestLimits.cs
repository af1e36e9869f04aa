using System.Globalization;
using System.Text.RegularExpressions;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Tasks;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models.Store;

/// <summary>Judges manifests from outside: each refusal names the file, the field, what is wrong with it, and what is allowed.</summary>
internal static partial class ManifestLimits
{
    /// <summary>The version of the format that this release reads.</summary>
    public const uint Schema = 1;

    /// <summary>The most bytes of an acceptance suite.</summary>
    public const long MostSuiteBytes = 64L << 20;

    private const int MostParts = 256;
    private const int MostWords = 64;
    private const int MostLanguages = 128;
    private const int MostLicence = 262_144;
    private const int MostTitle = 128;
    private const int MostDescription = 4096;
    private const int MostFileName = 255;

    /// <summary>Refuses a manifest that cannot be used.</summary>
    /// <param name="manifest">As it was read.</param>
    /// <param name="path">Where it stands.</param>
    /// <exception cref="FailureException">MANIFEST_INVALID.</exception>
    public static void Check(ModelManifest manifest, string path)
    {
        try
        {
            Limit.Count("schema", manifest.Schema, Schema, Schema);
            CheckNames(manifest);
            Limit.Known("kind", manifest.Kind, "MODEL_KIND_CHAT, MODEL_KIND_EMBEDDING or MODEL_KIND_RERANK");
            Limit.Count("context_tokens", manifest.ContextTokens, 0, LoadLimits.MaxContext);
            CheckParts(manifest);
            RequestLimits.Check(manifest.Sampling);
            Limit.Known("effort", manifest.Effort, "off, low, medium or high");
            CheckTasks(manifest);
            CheckWords(manifest);
            if (manifest.Load is { } load)
            {
                LoadLimits.Check("load", load);
            }
        }
        catch (FailureException refused) when (refused.Reason == ErrorReason.InvalidArgument)
        {
            throw Invalid(path, $"cannot be used: {refused.Message}", refused.Facts.FirstOrDefault(fact => fact.Key == "field").Value ?? "");
        }
    }

    /// <summary>The refusal of a manifest.</summary>
    /// <param name="path">Where it stands.</param>
    /// <param name="problem">What is wrong, in words that go on after its path.</param>
    /// <param name="field">The field at fault, if it is one.</param>
    public static FailureException Invalid(string path, string problem, string field = "")
    {
        List<(string, string)> facts = [("path", path), ("problem", problem)];
        if (field.Length > 0)
        {
            facts.Add(("field", field));
        }

        return new FailureException(ErrorReason.ManifestInvalid, $"{path} {problem}{(problem.EndsWith('.') ? "" : ".")}", facts);
    }

    private static void CheckNames(ModelManifest manifest)
    {
        if (manifest.Name.Length > 0 && (manifest.Name.Contains('@', StringComparison.Ordinal) || ModelName.Parse(manifest.Name, "name").Id != manifest.Name))
        {
            throw Limit.Refuse("name", "is no name of a model without its version", "1 to 63 characters of a-z, 0-9, '.', '_' and '-', the first a letter or digit");
        }

        if (manifest.Version.Length > 0)
        {
            ModelName.Parse("x@" + manifest.Version, "version");
        }
    }

    private static void CheckParts(ModelManifest manifest)
    {
        Limit.Count("parts", manifest.Parts.Count, 0, MostParts);
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < manifest.Parts.Count; i++)
        {
            var field = string.Create(CultureInfo.InvariantCulture, $"parts[{i}]");
            CheckPart(field, manifest.Parts[i]);
            if (!names.Add(manifest.Parts[i].File))
            {
                throw Limit.Refuse($"{field}.file", "is the name of another part", "each file once");
            }
        }

        if (manifest.Suite is { } suite)
        {
            CheckPart("suite", suite);
            Limit.Count("suite.bytes", (long)Math.Min(suite.Bytes, long.MaxValue), 0, MostSuiteBytes);
        }
    }

    private static void CheckPart(string field, ModelPart part)
    {
        if (part.File.Length is 0 or > MostFileName || part.File[0] == '.' || part.File.Any(c => c is '/' or '\\' || char.IsControl(c)))
        {
            throw Limit.Refuse($"{field}.file", "is no name of a file beside the manifest",
                string.Create(CultureInfo.InvariantCulture, $"1 to {MostFileName} characters without '/', the first no '.'"));
        }

        if (part.Sha256.Length > 0 && !Hash().IsMatch(part.Sha256))
        {
            throw Limit.Refuse($"{field}.sha256", "is no SHA-256", "64 characters of 0-9 and a-f");
        }
    }

    private static void CheckTasks(ModelManifest manifest)
    {
        Limit.Count("tasks", manifest.Tasks.Count, 0, TaskRegistry.MaxTasks);
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < manifest.Tasks.Count; i++)
        {
            var field = string.Create(CultureInfo.InvariantCulture, $"tasks[{i}]");
            try
            {
                TaskLimits.Check(manifest.Tasks[i]);
            }
            catch (FailureException refused) when (refused.Reason == ErrorReason.InvalidArgument)
            {
                // The task says "task.name"; which of them, the manifest's reader needs to know too.
                var inner = refused.Facts.FirstOrDefault(fact => fact.Key == "field").Value ?? "";
                var inside = inner.StartsWith("task.", StringComparison.Ordinal) ? inner["task".Length..] : "." + inner;
                throw new FailureException(ErrorReason.InvalidArgument, $"{field}: {refused.Message}", ("field", field + inside));
            }

            if (!names.Add(manifest.Tasks[i].Name))
            {
                throw Limit.Refuse($"{field}.name", "is the name of another task", "one task of each name");
            }
        }
    }

    private static void CheckWords(ModelManifest manifest)
    {
        Limit.Length("family", manifest.Family, 0, MostWords);
        Limit.Length("architecture", manifest.Architecture, 0, MostWords);
        Limit.Length("quantisation", manifest.Quantisation, 0, MostWords);
        Limit.Length("title", manifest.Title, 0, MostTitle);
        Limit.Length("description", manifest.Description, 0, MostDescription);
        Limit.Length("licence", manifest.Licence, 0, MostLicence);
        Limit.Count("languages", manifest.Languages.Count, 0, MostLanguages);
        for (var i = 0; i < manifest.Languages.Count; i++)
        {
            if (!Language().IsMatch(manifest.Languages[i]))
            {
                throw Limit.Refuse(string.Create(CultureInfo.InvariantCulture, $"languages[{i}]"), "is no BCP 47 tag", "e.g. my, bo, ug-Arab");
            }
        }
    }

    [GeneratedRegex(@"^[0-9a-f]{64}\z")]
    private static partial Regex Hash();

    [GeneratedRegex(@"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,7}\z")]
    private static partial Regex Language();
}
