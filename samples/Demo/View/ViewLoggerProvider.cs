using Microsoft.Extensions.Logging;

namespace PgScale.Samples.Demo.View;

/// <summary>Puts what PgScale logs among the other lines of the demo.</summary>
internal sealed class ViewLoggerProvider(IDemoView view) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new ViewLogger(view);

    public void Dispose()
    {
        // The view is not ours.
    }

    private sealed class ViewLogger(IDemoView view) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            view.Say($"log {eventId.Id}: {formatter(state, exception)}");
    }
}
