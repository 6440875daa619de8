using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Npgsql;
using PgScale.Buffering.Flushing;
using PgScale.Buffering.Holding;
using PgScale.Buffering.Sinks;
using PgScale.Diagnostics;

namespace PgScale.Buffering;

/// <summary>What buffers measure, for one instance.</summary>
internal sealed class LazyWriteBufferMetrics
{
    private readonly KeyValuePair<string, object?> _instance;
    private readonly ConcurrentDictionary<string, IBatchSource> _sources = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly Counter<long> _items;
    private readonly Counter<long> _rows;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _letters;
    private readonly Counter<long> _drops;
    private readonly Counter<long> _unmatched;
    private readonly Histogram<double> _duration;
    private readonly Histogram<long> _size;

    internal LazyWriteBufferMetrics(IMeterFactory factory, string instance, TimeProvider time)
    {
        var meter = factory.Create(PgScaleTelemetry.MeterName);
        _instance = new(PgScaleTelemetry.InstanceTag, instance);
        _time = time;
        _items = meter.CreateCounter<long>("pgscale.buffering.items", "{item}", "Items whose flush has ended; with rows it gives how many were merged into one.");
        _rows = meter.CreateCounter<long>("pgscale.buffering.rows", "{row}", "Rows committed.");
        _retries = meter.CreateCounter<long>("pgscale.buffering.retries", "{retry}", "Flushes that failed and are tried again, by SQLSTATE or exception.");
        _letters = meter.CreateCounter<long>("pgscale.buffering.dead_letters", "{row}", "Rows that their table refused, by SQLSTATE.");
        _drops = meter.CreateCounter<long>("pgscale.buffering.dropped", "{item}", "Items that were not taken or were lost, by reason.");
        _duration = meter.CreateHistogram<double>("pgscale.buffering.flush.duration", "s", "Time from taking a batch to its last commit, retries included.");
        _size = meter.CreateHistogram<long>("pgscale.buffering.flush.rows", "{row}", "Rows of a batch.");
        meter.CreateObservableGauge("pgscale.buffering.depth", () => Observe(source => (long)source.Depth.Items), "{item}", "Items held, flushing ones included.");
        meter.CreateObservableGauge("pgscale.buffering.bytes", () => Observe(source => source.Depth.Bytes), "By", "Their size.");
        _unmatched = meter.CreateCounter<long>("pgscale.buffering.unmatched", "{key}", "Keys of an UpdateOnly merge without a guard that found no row.");
        meter.CreateObservableGauge("pgscale.buffering.spool_bytes", () => Observe(source => source.SpoolBytes, source => source.DurableId is not null), "By", "Disk space of the spool, in durable mode.");
        meter.CreateObservableGauge("pgscale.buffering.oldest_age", () => Observe(AgeOf), "s", "Age of the oldest of them.");
    }

    internal void Watch(string buffer, IBatchSource source) => _sources[buffer] = source;

    internal void Forget(string buffer) => _sources.TryRemove(buffer, out _);

    internal void Flushed(string buffer, RowBatch batch, LaneReport report, TimeSpan duration)
    {
        _items.Add(batch.Items, _instance, Tag(buffer));
        _rows.Add(report.Rows, _instance, Tag(buffer));
        if (report.Unmatched > 0)
        {
            _unmatched.Add(report.Unmatched, _instance, Tag(buffer));
        }

        _duration.Record(duration.TotalSeconds, _instance, Tag(buffer));
        _size.Record(batch.Rows, _instance, Tag(buffer));
    }

    internal void Retried(string buffer, Exception failure) =>
        _retries.Add(1, _instance, Tag(buffer), new("error.type", failure is PostgresException refused ? refused.SqlState : failure.GetType().Name));

    internal void Buried(string buffer, string? state) => _letters.Add(1, _instance, Tag(buffer), new("error.type", state ?? "encoding"));

    internal void Dropped(string buffer, long items, string reason) => _drops.Add(items, _instance, Tag(buffer), new("pgscale.reason", reason));

    /// <summary>The age of the oldest item of a store, in seconds.</summary>
    internal double AgeOf(IBatchSource source) => source.Depth is { Items: > 0, OldestAt: > 0 and var oldest } ? _time.GetElapsedTime(oldest).TotalSeconds : 0;

    private IEnumerable<Measurement<TValue>> Observe<TValue>(Func<IBatchSource, TValue> measure, Func<IBatchSource, bool>? has = null)
        where TValue : struct
    {
        foreach (var (buffer, source) in _sources.Where(watched => has?.Invoke(watched.Value) ?? true))
        {
            yield return new(measure(source), new TagList([_instance, Tag(buffer)]));
        }
    }

    private static KeyValuePair<string, object?> Tag(string buffer) => new("pgscale.buffer", buffer);
}
