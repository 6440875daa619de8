using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PgScale.Buffering;
using PgScale.Diagnostics;

namespace PgScale.Tests.Buffering;

/// <summary>What a buffer tells of itself: metrics, activities, health.</summary>
public sealed class BufferTelemetryTests
{
    [Test]
    public async Task Names_and_units_of_metrics_stay()
    {
        await using var paper = new PaperBuffer();
        List<string> seen = [];
        using var listener = Listen(paper, (instrument, _, _) => seen.Add($"{instrument.Name} {instrument.Unit}"), seen);
        Assert.That(seen.Order(StringComparer.Ordinal), Is.EqualTo(new[]
        {
            "pgscale.buffering.bytes By",
            "pgscale.buffering.dead_letters {row}",
            "pgscale.buffering.depth {item}",
            "pgscale.buffering.dropped {item}",
            "pgscale.buffering.flush.duration s",
            "pgscale.buffering.flush.rows {row}",
            "pgscale.buffering.items {item}",
            "pgscale.buffering.oldest_age s",
            "pgscale.buffering.retries {retry}",
            "pgscale.buffering.rows {row}",
            "pgscale.buffering.spool_bytes By",
            "pgscale.buffering.unmatched {key}",
        }));
    }

    [Test]
    public async Task What_is_held_flushed_and_dropped_is_counted()
    {
        await using var paper = new PaperBuffer(options => (options.MaxItems, options.WhenFull) = (2, FullPolicy.Reject));
        List<string> seen = [];
        using var listener = Listen(paper, (instrument, value, tags) => seen.Add($"{instrument.Name[18..]}={value} {tags}"));
        paper.Enqueue(1, 2);
        paper.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.That(paper.Buffer.TryEnqueue(3), Is.False);
        listener.RecordObservableInstruments();
        paper.Start();
        await paper.Buffer.FlushAsync();
        Assert.That(seen, Is.SupersetOf(new[]
        {
            "depth=2 default numbers", "bytes=16 default numbers", "oldest_age=3 default numbers", "dropped=1 default numbers rejected",
            "items=2 default numbers", "rows=2 default numbers", "flush.rows=2 default numbers",
        }));
        Assert.That(seen, Has.None.StartsWith("spool_bytes"), "only a durable buffer has a spool");
    }

    [Test]
    public async Task Flush_is_linked_to_a_bounded_number_of_those_who_enqueued()
    {
        await using var paper = new PaperBuffer(options => options.MaxConnections = 1).Start();
        List<Activity> ended = [];
        using var source = new ActivitySource("enqueuers");
        using var listener = new ActivityListener
        {
            ShouldListenTo = other => other.Name is "enqueuers" or PgScaleTelemetry.ActivitySourceName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                lock (ended)
                {
                    ended.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        List<ActivitySpanId> callers = [];
        for (var caller = 0; caller < 100; caller++)
        {
            using var activity = source.StartActivity("request");
            callers.Add(activity!.SpanId);
            paper.Enqueue(caller, caller);
        }

        await paper.Buffer.FlushAsync();
        await Eventually.HoldsAsync(() => Flushes(ended).Count > 0);
        var links = Flushes(ended)[0].Links.Select(link => link.Context.SpanId).ToList();
        Assert.That(links, Is.EqualTo(callers.Take(32)));
        Assert.That((Flushes(ended)[0].ParentId, Flushes(ended)[0].GetTagItem("pgscale.buffer.rows")), Is.EqualTo(((string?)null, (object)200)));
    }

    [Test]
    public async Task Health_is_degraded_while_the_oldest_item_is_too_old()
    {
        await using var paper = new PaperBuffer(options => options.DegradedAfter = TimeSpan.FromSeconds(30));
        paper.Enqueue(1);
        paper.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.That((await CheckAsync(paper)).Status, Is.EqualTo(HealthStatus.Healthy));
        paper.Time.Advance(TimeSpan.FromSeconds(2));
        var report = await CheckAsync(paper);
        Assert.That((report.Status, report.Description), Is.EqualTo((HealthStatus.Degraded, "The oldest item of buffer 'numbers' is 31 s old.")));
        Assert.That(report.Data["numbers"], Is.EqualTo("1 items, 8 bytes, the oldest 31.0 s old"));
        paper.Start();
        await paper.Buffer.FlushAsync();
        Assert.That((await CheckAsync(paper)).Status, Is.EqualTo(HealthStatus.Healthy));
    }

    [Test]
    public async Task Health_is_degraded_while_the_table_refuses_all_rows()
    {
        await using var paper = new PaperBuffer();
        paper.Status.Stopped(new InvalidOperationException("The table is gone."));
        var report = await CheckAsync(paper);
        Assert.That((report.Status, report.Description), Is.EqualTo(
            (HealthStatus.Degraded, "Buffer 'numbers' cannot write to (paper) until the table, the mapping or the rights are changed.")));
        paper.Status.Succeeded(attempt: 2);
        Assert.That((await CheckAsync(paper)).Status, Is.EqualTo(HealthStatus.Healthy));
    }

    private static Task<HealthCheckResult> CheckAsync(PaperBuffer paper) => new LazyWriteBufferHealthCheck([paper.Buffer], paper.Time).CheckHealthAsync(new());

    private static List<Activity> Flushes(List<Activity> ended)
    {
        lock (ended)
        {
            return ended.FindAll(activity => activity.OperationName == "pgscale.buffer.flush" && activity.GetTagItem("pgscale.buffer") is "numbers" && activity.Links.Any());
        }
    }

    private static MeterListener Listen(PaperBuffer paper, Action<Instrument, object, string> seen, List<string>? published = null)
    {
        MeterListener listener = new()
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, paper.Meters))
                {
                    published?.Add($"{instrument.Name} {instrument.Unit}");
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => seen(instrument, value, Text(tags)));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => seen(instrument, value, Text(tags)));
        listener.Start();
        return listener;
    }

    private static string Text(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        List<string> values = [];
        foreach (var tag in tags)
        {
            values.Add($"{tag.Value}");
        }

        return string.Join(' ', values);
    }
}
