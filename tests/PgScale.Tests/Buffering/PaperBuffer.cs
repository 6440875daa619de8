using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using PgScale.Buffering;
using PgScale.Buffering.Flushing;
using PgScale.Buffering.Holding;
using PgScale.Buffering.Sinks;
using PgScale.Buffering.Spool;

namespace PgScale.Tests.Buffering;

/// <summary>A buffer of numbers without a server.</summary>
internal sealed class PaperBuffer : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    internal PaperBuffer(Action<LazyWriteBufferOptions>? configure = null, Func<long, long>? sizeOf = null, SpoolSettings? spool = null)
    {
        LazyWriteBufferOptions options = new();
        configure?.Invoke(options);
        Metrics = new(_services.GetRequiredService<IMeterFactory>(), "default", Time);
        OwnSink<long> sink = new((_, _, _) => Task.CompletedTask, sizeOf ?? (_ => 8));
        SegmentStore<long> memory = new(sink, new(options.MaxItems, options.MaxBytes, options.BatchRows, options.BatchBytes), Time);
        ItemStore<long> store = spool is null ? memory : new DurableStore<long>(memory, spool with { Time = Time }, Format, options.MaxItems);
        Status = new("numbers", "(paper)", Log, Metrics);
        RoomWaiters waiters = new(options.MaxWaiters);
        FlushLoop loop = new(store, () => Lane, _ => RecoverAsync(store), new(options.FlushInterval, options.MaxConnections), waiters, Status, Time);
        Buffer = new(new(store, loop, waiters, Status, null!, options, Redact: null, Time));
        Metrics.Watch("numbers", store);
    }

    internal static ItemFormat<long> Format { get; } = new(
        static (number, bytes) =>
        {
            BitConverter.TryWriteBytes(bytes.GetSpan(sizeof(long)), number);
            bytes.Advance(sizeof(long));
        },
        static bytes => BitConverter.ToInt64(bytes.Span));

    internal ManualTimeProvider Time { get; } = new();

    internal RecordingLogger Log { get; } = new();

    internal PaperLane Lane { get; } = new();

    internal LazyWriteBufferMetrics Metrics { get; }

    internal IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    internal FlushStatus Status { get; }

    internal LazyWriteBuffer<long> Buffer { get; }

    internal Task OpenAsync() => ((ILazyWriteBuffer)Buffer).OpenAsync(CancellationToken.None);

    internal PaperBuffer Start()
    {
        ((ILazyWriteBuffer)Buffer).Start();
        return this;
    }

    internal void Enqueue(params IEnumerable<long> numbers)
    {
        foreach (var number in numbers)
        {
            Assert.That(Buffer.TryEnqueue(number), Is.True, () => $"{number} is taken");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Buffer.DisposeAsync();
        await _services.DisposeAsync();
    }

    private static Task RecoverAsync(ItemStore<long> store)
    {
        store.Recover(0);
        return Task.CompletedTask;
    }
}
