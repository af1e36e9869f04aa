using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;
using Google.Protobuf;

namespace EdgeBox.Daemon.Models.Acceptance;

/// <summary>Reads acceptance suites: JSON, one case a line, each judged as a request is. Refusals name line and field and never repeat a text.</summary>
internal static class SuiteReader
{
    public const int MaxBytes = 64 * 1024 * 1024;
    public const int MaxLineBytes = 1024 * 1024;
    public const int MaxCases = 10_000;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly JsonParser s_parser = new(JsonParser.Settings.Default);

    /// <summary>Reads a suite whole.</summary>
    /// <exception cref="FailureException">SUITE_INVALID: the line, the field and what is allowed.</exception>
    public static AcceptanceSuite Read(SuiteSource source)
    {
        var bytes = ReadBytes(source);
        var cases = new List<AcceptanceCase>();
        var rest = bytes.AsSpan();
        if (rest.StartsWith(Encoding.UTF8.Preamble))
        {
            rest = rest[Encoding.UTF8.Preamble.Length..];
        }

        for (var number = 1; rest.Length > 0; number++)
        {
            var end = rest.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 1)..];
            var text = Text(source.Path, number, line);
            if (text.AsSpan().Trim().Length > 0)
            {
                if (cases.Count == MaxCases)
                {
                    throw Invalid(source.Path, number, "", "is one case too many", Number(MaxCases, "cases"));
                }

                cases.Add(ReadCase(source.Path, number, text));
            }
        }

        return cases.Count > 0
            ? new AcceptanceSuite(cases, Convert.ToHexStringLower(SHA256.HashData(bytes)))
            : throw Invalid(source.Path, 1, "", "holds no case, and neither does any other", Number(1, $"to {MaxCases} cases, one a line"));
    }

    private static byte[] ReadBytes(SuiteSource source)
    {
        using var stream = source.Open();
        using var kept = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            if (kept.Length + read > MaxBytes)
            {
                throw new FailureException(ErrorReason.SuiteInvalid, $"{source.Path} is larger than a suite may be; allowed: {Number(MaxBytes, "bytes")}.",
                    ("path", source.Path), ("problem", "too large"), ("limit", Number(MaxBytes, "bytes")));
            }

            kept.Write(buffer, 0, read);
        }

        return kept.ToArray();
    }

    private static string Text(string path, int number, ReadOnlySpan<byte> line)
    {
        if (line.Length > MaxLineBytes)
        {
            throw Invalid(path, number, "", Number(line.Length, "bytes long").Insert(0, "is "), Number(MaxLineBytes, "bytes"));
        }

        try
        {
            return s_strict.GetString(line);
        }
        catch (DecoderFallbackException)
        {
            throw Invalid(path, number, "", "is not valid UTF-8", "UTF-8");
        }
    }

    private static AcceptanceCase ReadCase(string path, int number, string text)
    {
        if (!Limit.TryParse(text, out var json))
        {
            throw Invalid(path, number, "", "is no JSON", $"a JSON object of at most {Limit.MaxJsonDepth} levels");
        }

        using (json)
        {
            try
            {
                var read = s_parser.Parse<AcceptanceCase>(text);
                SuiteLimits.Check(read);
                read.Name = read.Name.Length > 0 ? read.Name : number.ToString(CultureInfo.InvariantCulture);
                return read;
            }
            catch (Exception exception) when (exception is InvalidProtocolBufferException or InvalidJsonException or InvalidOperationException or FormatException)
            {
                // What the parser says may repeat what it read.
                var fault = MappingFault.Find(json.RootElement, AcceptanceCase.Descriptor, s_parser);
                throw Invalid(path, number, fault.Field, fault.Problem, fault.Allowed);
            }
            catch (FailureException refused) when (refused.Reason == ErrorReason.InvalidArgument)
            {
                throw new FailureException(ErrorReason.SuiteInvalid, string.Create(CultureInfo.InvariantCulture, $"{path}, line {number}: {refused.Message}"),
                    [("path", path), ("line", number.ToString(CultureInfo.InvariantCulture)), ("problem", refused.Message), .. refused.Facts.Where(fact => fact.Key is "field" or "limit")]);
            }
        }
    }

    private static FailureException Invalid(string path, int number, string field, string problem, string allowed)
    {
        List<(string, string)> facts = [("path", path), ("line", number.ToString(CultureInfo.InvariantCulture)), ("problem", problem), ("limit", allowed)];
        if (field.Length > 0)
        {
            facts.Add(("field", field));
        }

        var what = field.Length > 0 ? $": {field} {problem}" : $" {problem}";
        return new FailureException(ErrorReason.SuiteInvalid, string.Create(CultureInfo.InvariantCulture, $"{path}, line {number}{what}; allowed: {allowed}."), facts);
    }

    private static string Number(long value, string unit) => string.Create(CultureInfo.InvariantCulture, $"{value:N0} {unit}");
}
