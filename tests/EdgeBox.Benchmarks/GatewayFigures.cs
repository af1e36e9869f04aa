using System.Globalization;
using EdgeBox.Benchmarks.Clients;
using EdgeBox.Testing;
using EdgeBox.V1;

namespace EdgeBox.Benchmarks;

/// <summary>What the gateway costs against gRPC on the same model, and against a llama-server if PEER names one.</summary>
internal static class GatewayFigures
{
    private const string Name = "bench";
    private const int Context = 512;
    private const int Threads = 1;
    private const int Rounds = 5;
    private const double Aim = 0.95;

    private static readonly (int Streams, int Tokens)[] s_cases = [(1, 256), (16, 64)];

    /// <summary>Measures.</summary>
    public static async IAsyncEnumerable<Figure> MeasureAsync(string directory)
    {
        var model = BenchModel.GptOss;
        var file = model.WriteTo(directory);
        var address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FreePorts.Next()}");
        await using var box = await Box.StartAsync(directory, "--gateway-http", address);
        var key = await new AccessService.AccessServiceClient(box.Channel).IssueKeyAsync(new IssueKeyRequest { Name = Name });
        var gateway = new Target { Address = "http://" + address, Model = Name, Key = key.Text };
        using var fleet = new Fleet();
        foreach (var (count, tokens) in s_cases)
        {
            await box.LoadAsync(file, Name, Context, count, Threads);
            using var peer = Peer.Program is null ? null : await Peer.StartAsync(file, Context, count, Threads);
            var streams = new Streams(fleet, box, Name, count, tokens);
            var (through, grpc, theirs) = (new List<Speed>(), new List<Speed>(), new List<Speed>());
            for (var round = 0; round <= Rounds; round++)
            {
                var one = await streams.RunAsync(gateway, 0);
                var other = await streams.RunAsync(streams.Box, 0);
                var third = peer is null ? other : await streams.RunAsync(peer.Target, 0);
                if (round > 0)
                {
                    through.Add(one);
                    grpc.Add(other);
                    theirs.Add(third);
                }
            }

            await box.UnloadAsync(Name);
            var how = $"{model.About}, {Threads} thread, {tokens} tokens each, greedy";
            yield return Ratio("gateway ÷ gRPC", count, through, grpc, how);
            yield return peer is null ? Figure.Missing($"gateway ÷ llama-server, {Plural(count)}", "PEER names no program")
                : Ratio("gateway ÷ llama-server", count, through, theirs, how);
        }
    }

    private static Figure Ratio(string what, int count, List<Speed> ours, List<Speed> theirs, string how)
    {
        var decode = new Sample(ours.Zip(theirs, (one, other) => one.Decode / other.Decode));
        var whole = new Sample(ours.Zip(theirs, (one, other) => one.Whole / other.Whole));
        return Figure.AtLeast($"{what}, {Plural(count)}", Aim, decode.Median,
            $"{how}; {Figure.Number(new Sample(ours.Select(s => s.Decode)).Median)} and {Figure.Number(new Sample(theirs.Select(s => s.Decode)).Median)} tokens/s; "
            + $"{decode.Spread("")}; {Figure.Number(whole.Median)} with the prompts");
    }

    private static string Plural(int count) => count == 1 ? "1 stream" : $"{count} streams";
}
