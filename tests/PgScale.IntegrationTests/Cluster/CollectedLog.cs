using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace PgScale.IntegrationTests.Cluster;

/// <summary>Keeps what was logged, for tests that look at it.</summary>
internal sealed class CollectedLog : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, EventId Id, string Text)> _lines = new();

    internal IReadOnlyList<string> Texts => [.. _lines.Select(line => line.Text)];

    internal int Count(int id) => _lines.Count(line => line.Id.Id == id);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((logLevel, eventId, formatter(state, exception)));

    public void Dispose()
    {
    }
}
