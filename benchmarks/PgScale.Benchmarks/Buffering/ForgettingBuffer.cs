using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using PgScale.Buffering;
using PgScale.Buffering.Flushing;
using PgScale.Buffering.Holding;

namespace PgScale.Benchmarks.Buffering;

/// <summary>A buffer of log entries whose batches are taken at once and forgotten, so that only what producers pay is measured.</summary>
internal sealed class ForgettingBuffer : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public ForgettingBuffer(int maxItems)
    {
        var time = TimeProvider.System;
        var options = new LazyWriteBufferOptions { MaxItems = maxItems, MaxBytes = 1L << 30 };
        var store = LogTable.Map(new LazyWriteBufferBuilder<LogEntry>("log"))
            .Plan.CreateStore(new(options.MaxItems, options.MaxBytes, options.BatchRows, options.BatchBytes), options.CopyFromRows, sizeOf: null, time);
        var status = new FlushStatus("log", "(nowhere)", NullLogger.Instance, new(_services.GetRequiredService<IMeterFactory>(), "default", time));
        var waiters = new RoomWaiters(options.MaxWaiters);
        var loop = new FlushLoop(
            store, static () => new ForgettingLane(), static _ => Task.CompletedTask, new(options.FlushInterval, options.MaxConnections), waiters, status, time);
        Buffer = new(new(store, loop, waiters, status, Session: null!, options, Redact: null, time));
        ((ILazyWriteBuffer)Buffer).Start();
    }

    public LazyWriteBuffer<LogEntry> Buffer { get; }

    public async ValueTask DisposeAsync()
    {
        await Buffer.DisposeAsync();
        await _services.DisposeAsync();
    }
}
