using Microsoft.Extensions.Logging;

namespace PgScale.Tests;

/// <summary>Keeps what is logged.</summary>
public sealed class RecordingLogger : ILogger
{
    private readonly Lock _lock = new();
    private readonly List<Entry> _entries = [];

    public IReadOnlyList<Entry> Entries
    {
        get
        {
            lock (_lock)
            {
                return [.. _entries];
            }
        }
    }

    public string Text => string.Join('\n', Entries.Select(entry => entry.Text));

    public int Count(int eventId) => Entries.Count(entry => entry.EventId == eventId);

    public string Last(int eventId) => Entries.Last(entry => entry.EventId == eventId).Text;

    public void Clear()
    {
        lock (_lock)
        {
            _entries.Clear();
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        lock (_lock)
        {
            _entries.Add(new(eventId.Id, logLevel, $"{formatter(state, exception)} {exception}"));
        }
    }

    public sealed record Entry(int EventId, LogLevel Level, string Text);
}
