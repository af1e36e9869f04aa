using EdgeBox.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace EdgeBox.Cli.Tests;

/// <summary>Messages that a real box could send.</summary>
internal static class Samples
{
    public static readonly Timestamp Time = Timestamp.FromDateTimeOffset(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));

    public static Model Ready => new()
    {
        Name = "models/chat",
        State = ModelState.Ready,
        Path = "/srv/models/gpt-oss-20b.gguf",
        FileBytes = 12_109_565_632,
        Architecture = "gpt-oss",
        Title = "gpt-oss 20b",
        Parameters = 20_914_757_184,
        ContextTokens = 8192,
        Slots = 4,
        EmbeddingLength = 2880,
        Chat = true,
        ActiveRequests = 1,
        QueuedRequests = 2,
        ReadyTime = Time,
        LoadDuration = Duration.FromTimeSpan(TimeSpan.FromSeconds(4.25)),
        Worker = new WorkerInfo { Pid = 4711, Pack = "cuda", ResidentBytes = 1_288_490_189, Restarts = 1, LastExit = "killed by signal 9", LastStderr = "out of \u001b[31mmemory\nbye\n" },
    };

    public static Model Broken => new()
    {
        Name = "models/broken",
        State = ModelState.Failed,
        Path = "/srv/models/broken.gguf",
        FileBytes = 1000,
        Problem = ScriptedBox.Packed(ErrorReason.ModelFileInvalid, StatusCode.InvalidArgument, "The file ends within tensor blk.0.attn_q.weight.", ("path", "/srv/models/broken.gguf")),
    };

    public static MemoryEstimate Fitting => new()
    {
        Devices = { new DeviceMemory { Device = "host", WeightBytes = 12_109_565_632, CacheBytes = 226_492_416, ComputeBytes = 31_457_280, OverheadBytes = 157_286_400, FreeBytes = 23_622_320_128, TotalBytes = 25_769_803_776 } },
        Options = new LoadOptions { ContextTokens = 4096, Slots = 1, Threads = 7, CacheTokens = 4096 },
        Fits = true,
        FitsAlone = true,
        LargestContextTokens = 131_072,
        MostSlots = 40,
    };

    public static MemoryEstimate TooLarge => new()
    {
        Devices =
        {
            new DeviceMemory { Device = "host", WeightBytes = 615_514_112, OverheadBytes = 209_715_200, FreeBytes = 23_622_320_128, TotalBytes = 25_769_803_776 },
            new DeviceMemory { Device = "CUDA\u001b[31m0", WeightBytes = 62_800_000_000, CacheBytes = 301_989_888, ComputeBytes = 419_430_400, OverheadBytes = 536_870_912, OverheadUnverified = true, FreeBytes = 42_949_672_960, TotalBytes = 85_899_345_920 },
        },
        Options = new LoadOptions { ContextTokens = 8192, Slots = 1 },
        FitsAlone = true,
        LargestContextTokens = 65_536,
        Problem = ScriptedBox.Packed(ErrorReason.ModelTooLarge, StatusCode.FailedPrecondition, "big needs 59.7 GiB of the memory of CUDA0, of which 40.0 GiB are free.", ("model", "big")),
        WouldEvict = { "models/chat" },
    };

    public static ApplianceStatus Status => new()
    {
        Version = "0.1.0",
        BoxId = "0123456789abcdef",
        Health = Health.Degraded,
        Problems = { "Model broken could not be loaded." },
        Uptime = Duration.FromTimeSpan(new TimeSpan(3, 4, 5, 6)),
        Time = Time,
        Models = { Broken, Ready },
        Endpoints = { "unix:/run/edgebox/edgeboxd.sock", "https://0.0.0.0:8443" },
        ResidentBytes = 67_108_864,
    };

    public static Operation Running => new()
    {
        Name = "operations/7f3a",
        Kind = "model.load",
        Subject = "models/chat",
        State = OperationState.Running,
        Progress = new OperationProgress { Fraction = 0.45, Stage = "loading" },
        CreateTime = Time,
        Actor = "uid:0",
    };

    public static Operation Succeeded
    {
        get
        {
            var operation = Running;
            operation.State = OperationState.Succeeded;
            operation.EndTime = Time + Duration.FromTimeSpan(TimeSpan.FromSeconds(4));
            operation.Response = Any.Pack(Ready);
            return operation;
        }
    }

    public static Operation Failed
    {
        get
        {
            var operation = Running;
            operation.State = OperationState.Failed;
            operation.EndTime = Time + Duration.FromTimeSpan(TimeSpan.FromSeconds(4));
            operation.Error = ScriptedBox.Packed(ErrorReason.ModelTooLarge, StatusCode.ResourceExhausted, "The model needs 64.0 GiB; 8.0 GiB are free.", ("needed_bytes", "68719476736"), ("available_bytes", "8589934592"));
            return operation;
        }
    }

    public static ListCertificatesResponse Certificates => new()
    {
        Certificates =
        {
            new Certificate { Name = "bob", Serial = "0a0b0c", Role = Role.Operator, IssueTime = Time, ExpireTime = Time + Duration.FromTimeSpan(TimeSpan.FromDays(90)) },
            new Certificate { Name = "alice", Serial = "010203", Role = Role.Client, IssueTime = Time, RevokeTime = Time },
        },
    };

    public static TokenizeResponse Tokens => new()
    {
        Model = "models/chat",
        Tokens =
        {
            new Token { Id = 1, Piece = ByteString.CopyFromUtf8("Hello") },
            new Token { Id = 200_001, Piece = ByteString.CopyFrom(0xe1, 0x80) },
            new Token { Id = 3, Piece = ByteString.CopyFromUtf8(" \"a\\\n\u001b") },
            new Token { Id = 4, Piece = ByteString.CopyFromUtf8("မြန်မာ") },
        },
    };

    public static AuditRecord Record(ulong sequence) => new()
    {
        Sequence = sequence,
        Time = Time,
        Event = "call.refused",
        Actor = "cert:alice",
        Subject = "/edgebox.v1.ModelService/LoadModel",
        Facts = { ["role"] = "client", ["reason"] = "PERMISSION_DENIED" },
        Hash = new string('a', 64),
    };

    public static IEnumerable<ChatResponse> Answer(params (Channel Channel, string Text)[] pieces) =>
    [
        new ChatResponse { Started = new GenerationStarted { Model = "models/chat", PromptTokens = 12, Seed = 42 } },
        .. pieces.Select(p => new ChatResponse { Delta = new TextDelta { Channel = p.Channel, Text = p.Text, Tokens = 1 } }),
        new ChatResponse
        {
            Finished = new GenerationFinished
            {
                Reason = FinishReason.Stop,
                Usage = new Usage { PromptTokens = 12, CompletionTokens = 21 },
                Timings = new Timings { Decode = Duration.FromTimeSpan(TimeSpan.FromSeconds(2)) },
            },
        },
    ];
}
