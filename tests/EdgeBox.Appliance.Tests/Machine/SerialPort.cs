using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace EdgeBox.Appliance.Tests.Machine;

/// <summary>A serial port of a virtual machine: everything that came, and waiting for what is to come.</summary>
internal sealed class SerialPort : IDisposable
{
    private readonly Socket _socket;
    private readonly StringBuilder _all = new();
    private int _read;

    private SerialPort(Socket socket) => _socket = socket;

    /// <summary>Everything that came so far and was waited through.</summary>
    public string Transcript => _all.ToString();

    public static async Task<SerialPort> ConnectAsync(string path, CancellationToken limit)
    {
        while (true)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), limit);
                return new SerialPort(socket);
            }
            catch (SocketException) when (!limit.IsCancellationRequested)
            {
                // The machine makes the socket while it starts.
                socket.Dispose();
                await Task.Yield();
            }
        }
    }

    public async Task WriteAsync(string text) => await _socket.SendAsync(Encoding.ASCII.GetBytes(text));

    /// <summary>Waits for a match after the last one; what was passed over does not match again.</summary>
    public async Task<Match> ExpectAsync(string pattern, TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        var expression = new Regex(pattern, RegexOptions.CultureInvariant);
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var match = expression.Match(_all.ToString(), _read);
            if (match.Success)
            {
                _read = match.Index + match.Length;
                return match;
            }

            try
            {
                var count = await _socket.ReceiveAsync(buffer, limit.Token);
                Assert.True(count > 0, $"The machine ended before '{pattern}' came. Its last words: {Tail}");
                _all.Append(Encoding.UTF8.GetString(buffer, 0, count));
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"'{pattern}' did not come within {patience.TotalSeconds} seconds. What came last: {Tail}");
            }
        }
    }

    /// <summary>Waits for a line with these words, and gives the whole line.</summary>
    public async Task<string> ExpectLineAsync(string words, TimeSpan patience) => (await ExpectAsync($@"[^\r\n]*{words}[^\r\n]*[\r\n]", patience)).Value.Trim();

    /// <summary>Lets time pass, and takes what comes meanwhile.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        using var limit = new CancellationTokenSource(time);
        var buffer = new byte[16 * 1024];
        try
        {
            while (true)
            {
                var count = await _socket.ReceiveAsync(buffer, limit.Token);
                Assert.True(count > 0, $"The machine ended. Its last words: {Tail}");
                _all.Append(Encoding.UTF8.GetString(buffer, 0, count));
            }
        }
        catch (OperationCanceledException)
        {
            // The time is over.
        }
    }

    public void Dispose() => _socket.Dispose();

    private string Tail => _all.ToString(Math.Max(0, _all.Length - 2000), Math.Min(2000, _all.Length));
}
