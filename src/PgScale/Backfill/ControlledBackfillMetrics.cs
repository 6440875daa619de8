using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Npgsql;
using PgScale.Backfill.Running;
using PgScale.Diagnostics;

namespace PgScale.Backfill;

/// <summary>What backfills measure, for one instance.</summary>
internal sealed class ControlledBackfillMetrics
{
    internal const string NameTag = "pgscale.backfill";

    private const string SignalTag = "pgscale.signal";

    private readonly ConcurrentDictionary<string, BackfillRun> _runs = new(StringComparer.Ordinal);
    private readonly KeyValuePair<string, object?> _instance;
    private readonly Counter<long> _visited;
    private readonly Counter<long> _changed;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _setAside;
    private readonly Histogram<double> _batches;

    internal ControlledBackfillMetrics(IMeterFactory factory, string instance)
    {
        var meter = factory.Create(PgScaleTelemetry.MeterName);
        _instance = new(PgScaleTelemetry.InstanceTag, instance);
        _visited = meter.CreateCounter<long>("pgscale.backfill.rows.visited", "{row}", "Rows that batches looked at.");
        _changed = meter.CreateCounter<long>("pgscale.backfill.rows.changed", "{row}", "Rows that batches changed.");
        _retries = meter.CreateCounter<long>("pgscale.backfill.retries", "{batch}", "Batches that failed and were tried again, by reason.");
        _setAside = meter.CreateCounter<long>("pgscale.backfill.rows.set_aside", "{row}", "Rows that were set aside.");
        _batches = meter.CreateHistogram<double>("pgscale.backfill.batch.duration", "s", "Time of a batch, commit included.");
        meter.CreateObservableGauge("pgscale.backfill.progress", () => Observe(static run => run.Progress.Fraction), "1", "How much of the rows is done, 0 to 1.");
        meter.CreateObservableGauge("pgscale.backfill.duty", () => Observe(static run => run.Progress.Duty), "1", "Share of the time in which batches may run; 0 while held.");
        meter.CreateObservableGauge("pgscale.backfill.limited", ObserveLimits, "1", "1 for the signal that limits the pace.");
    }

    internal IEnumerable<BackfillRun> Runs => _runs.Values;

    internal bool TryBegin(BackfillRun run) => _runs.TryAdd(run.Name, run);

    internal void End(BackfillRun run) => _runs.TryRemove(new(run.Name, run));

    internal void Batch(string name, TimeSpan took, int visited, long changed)
    {
        KeyValuePair<string, object?> tag = new(NameTag, name);
        _visited.Add(visited, _instance, tag);
        _changed.Add(changed, _instance, tag);
        _batches.Record(took.TotalSeconds, _instance, tag);
    }

    internal void Retried(string name, Exception failure) => _retries.Add(
        1, _instance, new(NameTag, name), new("error.type", failure is PostgresException refused ? refused.SqlState : failure.GetType().Name));

    internal void SetAside(string name, bool isWaiting) =>
        _setAside.Add(1, _instance, new(NameTag, name), new(PgScaleTelemetry.OutcomeTag, isWaiting ? "waiting" : "failed"));

    private IEnumerable<Measurement<double>> Observe(Func<BackfillRun, double> read) =>
        _runs.Values.Select(run => new Measurement<double>(read(run), _instance, new(NameTag, run.Name)));

    private IEnumerable<Measurement<int>> ObserveLimits() =>
        from run in _runs.Values
        let signal = run.Progress.LimitedBy
        where signal.Length > 0
        select new Measurement<int>(1, _instance, new(NameTag, run.Name), new(SignalTag, signal));
}
