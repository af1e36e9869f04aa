using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Tests.Llama;

/// <summary>The structures of the binding against what a C compiler made of the engine's header.</summary>
public sealed class LayoutTests
{
    private static readonly Dictionary<string, int> s_values = new()
    {
        ["LLAMA_TOKEN_ATTR_UNKNOWN"] = (int)TokenAttributes.Unknown,
        ["LLAMA_TOKEN_ATTR_CONTROL"] = (int)TokenAttributes.Control,
        ["LLAMA_TOKEN_ATTR_USER_DEFINED"] = (int)TokenAttributes.UserDefined,
        ["LLAMA_TOKEN_ATTR_LSTRIP"] = (int)TokenAttributes.LeftStrip,
        ["LLAMA_TOKEN_ATTR_RSTRIP"] = (int)TokenAttributes.RightStrip,
        ["GGUF_TYPE_STRING"] = EdgeBox.Worker.Llama.Ggml.NativeMethods.GGUF_TYPE_STRING,
        ["GGUF_TYPE_ARRAY"] = EdgeBox.Worker.Llama.Ggml.NativeMethods.GGUF_TYPE_ARRAY,
        ["LLAMA_VOCAB_TYPE_NONE"] = (int)VocabularyType.None,
        ["LLAMA_VOCAB_TYPE_SPM"] = (int)VocabularyType.SentencePiece,
        ["LLAMA_VOCAB_TYPE_BPE"] = (int)VocabularyType.BytePair,
        ["LLAMA_POOLING_TYPE_UNSPECIFIED"] = (int)Pooling.Unspecified,
        ["LLAMA_POOLING_TYPE_NONE"] = (int)Pooling.None,
        ["LLAMA_POOLING_TYPE_MEAN"] = (int)Pooling.Mean,
        ["LLAMA_POOLING_TYPE_CLS"] = (int)Pooling.First,
        ["LLAMA_POOLING_TYPE_LAST"] = (int)Pooling.Last,
        ["LLAMA_POOLING_TYPE_RANK"] = (int)Pooling.Rank,
        ["GGML_BACKEND_DEVICE_TYPE_CPU"] = EdgeBox.Worker.Llama.Ggml.NativeMethods.GGML_BACKEND_DEVICE_TYPE_CPU,
        ["GGML_BACKEND_DEVICE_TYPE_GPU"] = EdgeBox.Worker.Llama.Ggml.NativeMethods.GGML_BACKEND_DEVICE_TYPE_GPU,
        ["GGML_BACKEND_DEVICE_TYPE_IGPU"] = EdgeBox.Worker.Llama.Ggml.NativeMethods.GGML_BACKEND_DEVICE_TYPE_IGPU,
        ["GGML_LOG_LEVEL_DEBUG"] = EngineLog.Debug,
        ["GGML_LOG_LEVEL_INFO"] = EngineLog.Debug + 1,
        ["GGML_LOG_LEVEL_WARN"] = EngineLog.Warning,
        ["GGML_LOG_LEVEL_ERROR"] = EngineLog.Warning + 1,
        ["GGML_LOG_LEVEL_CONT"] = EngineLog.Continued,
    };

    private static readonly Type[] s_structures =
        [typeof(llama_model_params), typeof(llama_context_params), typeof(llama_batch), typeof(gguf_init_params)];

    [Fact]
    public void Structures_AgainstTheHeader_HaveItsSizesAndOffsets()
    {
        var lines = File.ReadAllLines(Path.Combine(Sessions.WorkerClient.RepositoryRoot(), "tests", "fixtures", "layouts", "llama.txt"));
        var checkedFields = 0;
        foreach (var line in lines)
        {
            var (kind, name, value) = line.Split(' ') is [var k, var n, var v] ? (k, n, int.Parse(v, CultureInfo.InvariantCulture)) : default;
            var type = s_structures.SingleOrDefault(s => s.Name == name.Split('.')[0]);
            var ours = kind switch
            {
                "sizeof" => SizeOf(type!),
                "offsetof" => OffsetOf(type!, name.Split('.')[1]),
                _ => s_values[name],
            };
            Assert.True(ours == value, $"{line}, but the binding has {ours}");
            checkedFields += kind == "offsetof" ? 1 : 0;
        }

        Assert.Equal(s_structures.Sum(s => s.GetFields(BindingFlags.Instance | BindingFlags.Public).Length), checkedFields);
    }

    private static int SizeOf(Type type) => (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;

    /// <summary>Where the field is in memory, which is what the engine sees: marshalling is off.</summary>
    private static int OffsetOf(Type type, string field)
    {
        var method = new DynamicMethod("offset", typeof(int), null, typeof(LayoutTests).Module, skipVisibility: true);
        var il = method.GetILGenerator();
        il.DeclareLocal(type);
        il.Emit(OpCodes.Ldloca_S, 0);
        il.Emit(OpCodes.Ldflda, type.GetField(field) ?? throw new InvalidOperationException($"{type.Name} has no {field}"));
        il.Emit(OpCodes.Conv_U);
        il.Emit(OpCodes.Ldloca_S, 0);
        il.Emit(OpCodes.Conv_U);
        il.Emit(OpCodes.Sub);
        il.Emit(OpCodes.Conv_I4);
        il.Emit(OpCodes.Ret);
        return (int)method.Invoke(null, null)!;
    }
}
