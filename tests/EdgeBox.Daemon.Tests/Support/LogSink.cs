using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace EdgeBox.Daemon.Tests.Support;

/// <summary>Keeps every line that a daemon under test logs; an Error that the test did not announce fails it.</summary>
internal sealed class LogSink : ILoggerProvider
{
    private readonly ConcurrentQueue<(LogLevel Level, string Line)> _lines = [];
    private readonly ConcurrentBag<string> _announced = [];

    public IReadOnlyList<string> Lines => [.. _lines.Select(l => l.Line)];

    public void Announce(string part) => _announced.Add(part);

    public void AssertNoUnannouncedErrors() =>
        Assert.Empty(_lines.Where(l => l.Level >= LogLevel.Error && !_announced.Any(a => l.Line.Contains(a, StringComparison.Ordinal))).Select(l => l.Line));

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(LogSink sink, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            sink._lines.Enqueue((logLevel, $"{category}[{eventId.Id}] {formatter(state, exception)} {exception}"));
    }
}
