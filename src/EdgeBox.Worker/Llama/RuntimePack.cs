using System.Runtime.InteropServices;
using System.Text;
using GgmlNative = EdgeBox.Worker.Llama.Ggml.NativeMethods;

namespace EdgeBox.Worker.Llama;

/// <summary>A runtime pack cannot be used; the message says why.</summary>
internal sealed class PackException(string message) : Exception(message);

/// <summary>The directory of native libraries that this process runs on.</summary>
internal sealed unsafe class RuntimePack
{
    /// <summary>What llama_version() of the release says that the binding was written for.</summary>
    public const string BuiltFor = "0.5.0-dev";

    private static readonly Lock s_gate = new();
    private static string? s_directory;

    private RuntimePack(string name, string version, EngineLog log)
    {
        Name = name;
        Version = version;
        Log = log;
    }

    /// <summary>"cuda", "vulkan" or "cpu".</summary>
    public string Name { get; }

    /// <summary>What the engine says its version is.</summary>
    public string Version { get; }

    public EngineLog Log { get; }

    /// <summary>Opens the best pack under a directory: cuda, then vulkan, then cpu, the first that has a device.</summary>
    /// <exception cref="PackException">There is none, it cannot be loaded, or it is of another version.</exception>
    public static RuntimePack Open(string directory, TimeProvider time)
    {
        var tried = new List<string>();
        foreach (var name in (string[])["cuda", "vulkan", "cpu"])
        {
            var pack = Path.Combine(directory, name);
            if (!Directory.Exists(pack))
            {
                tried.Add($"{name}: no directory {pack}");
            }
            else if (name != "cpu" && !NativeLibrary.TryLoad(Path.Combine(pack, $"libggml-{name}.so"), out _))
            {
                // Nothing of the pack stays loaded when its backend does not load: the next one starts clean.
                tried.Add($"{name}: its backend does not load (no driver)");
            }
            else if (Use(name, pack, time, out var why) is { } open)
            {
                return open;
            }
            else
            {
                tried.Add($"{name}: {why}");
            }
        }

        throw new PackException($"no runtime pack under {directory} can be used. {string.Join("; ", tried)}");
    }

    private static RuntimePack? Use(string name, string directory, TimeProvider time, out string why)
    {
        ResolveTo(directory);
        string version;
        try
        {
            version = Marshal.PtrToStringUTF8((nint)NativeMethods.llama_version()) ?? "";
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            why = e.Message;
            return null;
        }

        if (version != BuiltFor)
        {
            throw new PackException($"the pack {directory} holds llama.cpp {version}; this worker is built for {BuiltFor}");
        }

        var log = EngineLog.Attach(time);
        NativeMethods.llama_backend_init();
        if (!HasDevice(name))
        {
            fixed (byte* path = Encoding.UTF8.GetBytes(directory + '\0'))
            {
                GgmlNative.ggml_backend_load_all_from_path(path);
            }
        }

        why = "no device";
        return HasDevice(name) ? new RuntimePack(name, version, log) : null;
    }

    private static bool HasDevice(string name)
    {
        var (count, processor, accelerator) = (GgmlNative.ggml_backend_dev_count(), false, false);
        for (nuint i = 0; i < count; i++)
        {
            var type = GgmlNative.ggml_backend_dev_type(GgmlNative.ggml_backend_dev_get(i));
            processor |= type == GgmlNative.GGML_BACKEND_DEVICE_TYPE_CPU;
            accelerator |= type is GgmlNative.GGML_BACKEND_DEVICE_TYPE_GPU or GgmlNative.GGML_BACKEND_DEVICE_TYPE_IGPU;
        }

        return processor && (accelerator || name == "cpu");
    }

    private static void ResolveTo(string directory)
    {
        lock (s_gate)
        {
            if (s_directory is null)
            {
                NativeLibrary.SetDllImportResolver(typeof(RuntimePack).Assembly, (name, _, _) => Resolve(name));
            }

            s_directory = Path.GetFullPath(directory);
        }
    }

    private static nint Resolve(string name) =>
        name is NativeMethods.Library or GgmlNative.Library or GgmlNative.BaseLibrary
            ? NativeLibrary.Load(FileOf(s_directory!, name))
            : 0;

    /// <summary>Where a pack has a library. Those for GPUs have their own name in some: <c>libllama.vulkan.v0.5.0.so</c>.</summary>
    internal static string FileOf(string directory, string library)
    {
        var (stem, rest) = (library[..library.IndexOf('.', StringComparison.Ordinal)], library[library.IndexOf('.', StringComparison.Ordinal)..]);
        var own = Path.Combine(directory, $"{stem}.{Path.GetFileName(directory)}{rest}");
        return File.Exists(own) ? own : Path.Combine(directory, library);
    }
}
