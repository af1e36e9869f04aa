using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Models;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Hosting;

/// <summary>What was wrong with the settings before they were bound.</summary>
/// <param name="Found">One sentence each.</param>
internal sealed record SettingsFaults(IReadOnlyList<string> Found);

/// <summary>Reads the settings: defaults in code, then the file, then the command line. Nothing else, no environment.</summary>
internal static class SettingsExtensions
{
    public static void AddSettings(this WebApplicationBuilder builder, string[] args)
    {
        var line = CommandLine.Parse(args);
        var faults = line.Faults.ToList();
        var file = ReadFile(line.ConfigFile, faults);
        builder.Configuration.AddInMemoryCollection(file);
        builder.Configuration.AddInMemoryCollection(After(file, line.Values));
        builder.Services.AddSingleton(new SettingsFaults(faults));
        builder.Services.AddSingleton<IValidateOptions<HostingOptions>, HostingOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<EndpointOptions>, EndpointOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<ModelOptions>, ModelOptionsValidator>();
        builder.Services.AddOptions<InferenceOptions>().BindConfiguration(InferenceOptions.Section);
        builder.Services.AddOptions<ModelOptions>().BindConfiguration(ModelOptions.Section).ValidateOnStart();
        builder.Services.AddOptions<HostingOptions>().BindConfiguration(HostingOptions.Section).ValidateOnStart();
        builder.Services.AddOptions<EndpointOptions>().BindConfiguration(EndpointOptions.Section).ValidateOnStart();
    }

    /// <summary>Finds every fault of every option class at once.</summary>
    /// <exception cref="UsageException">There are some.</exception>
    public static void CheckSettings(this WebApplication app)
    {
        var faults = app.Services.GetRequiredService<SettingsFaults>().Found.ToList();
        try
        {
            app.Services.GetService<IStartupValidator>()?.Validate();
        }
        catch (OptionsValidationException exception)
        {
            faults.AddRange(exception.Failures);
        }
        catch (AggregateException exception) when (exception.InnerExceptions.All(e => e is OptionsValidationException))
        {
            faults.AddRange(exception.InnerExceptions.Cast<OptionsValidationException>().SelectMany(e => e.Failures));
        }

        if (faults.Count > 0)
        {
            throw new UsageException(faults);
        }
    }

    /// <summary>What the command line sets; entries of a list come after those of the file, of which they would take the places.</summary>
    private static IEnumerable<KeyValuePair<string, string?>> After(Dictionary<string, string?> file, IReadOnlyDictionary<string, string?> line) => line.Select(set =>
    {
        var list = Setting.All.FirstOrDefault(setting => setting.IsEntryOf(set.Key));
        return list is null
            ? set
            : KeyValuePair.Create(list.EntryKey(file.Keys.Where(list.IsEntryOf).Select(list.IndexOf).DefaultIfEmpty(-1).Max() + 1 + list.IndexOf(set.Key)), set.Value);
    });

    private static Dictionary<string, string?> ReadFile(string? named, List<string> faults)
    {
        var good = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var path = named ?? CommandLine.UsualConfigFile;
        if (!File.Exists(path))
        {
            if (named is not null)
            {
                faults.Add($"{path}: there is no such file.");
            }

            return good;
        }

        try
        {
            using var stream = File.OpenRead(path);
            var file = new ConfigurationBuilder().AddJsonStream(stream).Build();
            foreach (var (key, value) in file.AsEnumerable().Where(pair => pair.Value is not null))
            {
                if (FaultOf(key, value!) is { } fault)
                {
                    faults.Add($"{path}: {fault}");
                }
                else
                {
                    good[key] = value;
                }
            }
        }
        catch (Exception exception) when (exception is JsonException or FormatException or IOException or UnauthorizedAccessException)
        {
            faults.Add($"{path}: {exception.Message} {exception.InnerException?.Message}".TrimEnd());
        }

        return good;
    }

    private static string? FaultOf(string key, string value)
    {
        var setting = Setting.All.FirstOrDefault(s => s.IsEntryOf(key) || key.Equals(s.Key, StringComparison.OrdinalIgnoreCase));
        if (setting?.Kind == SettingKind.Texts && !setting.IsEntryOf(key))
        {
            return value.Length == 0 ? null : $"{key}: '{value}' is no array of texts."; // An empty array comes as an empty text.
        }

        return setting is null ? $"there is no setting {key}." : setting.FaultOf(value) is { } fault ? $"{key}: '{value}' {fault}." : null;
    }
}
