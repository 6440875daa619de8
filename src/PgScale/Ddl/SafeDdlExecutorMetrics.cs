using System.Diagnostics.Metrics;
using PgScale.Ddl.History;
using PgScale.Diagnostics;

namespace PgScale.Ddl;

/// <summary>What schema changes measure, for one instance.</summary>
internal sealed class SafeDdlExecutorMetrics
{
    private readonly KeyValuePair<string, object?> _instance;
    private readonly Counter<long> _runs;
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _asked;
    private readonly Histogram<double> _steps;
    private readonly Histogram<double> _waited;
    private readonly Histogram<double> _held;

    internal SafeDdlExecutorMetrics(IMeterFactory factory, string instance)
    {
        var meter = factory.Create(PgScaleTelemetry.MeterName);
        _instance = new(PgScaleTelemetry.InstanceTag, instance);
        _runs = meter.CreateCounter<long>("pgscale.ddl.runs", "{run}", "Schema changes that ended, by outcome.");
        _attempts = meter.CreateCounter<long>("pgscale.ddl.lock.attempts", "{attempt}", "Times that a step queued for its locks, by outcome.");
        _asked = meter.CreateCounter<long>("pgscale.ddl.blockers.asked", "{session}", "Sessions in the way that were cancelled or ended, by action.");
        _steps = meter.CreateHistogram<double>("pgscale.ddl.step.duration", "s", "Time of a step, waiting included, by kind and outcome.");
        _waited = meter.CreateHistogram<double>("pgscale.ddl.lock.wait", "s", "Time from the beginning of a step until it had its locks.");
        _held = meter.CreateHistogram<double>("pgscale.ddl.lock.held", "s", "Time for which locks that stop others were held.");
    }

    internal void Ended(DdlOutcome outcome) => _runs.Add(1, _instance, Outcome(HistoryWords.Of(outcome)));

    internal void Attempted(string outcome) => _attempts.Add(1, _instance, Outcome(outcome));

    internal void Asked(DdlBlockerAction action) => _asked.Add(1, _instance, new("pgscale.action", action == DdlBlockerAction.Cancel ? "cancel" : "terminate"));

    internal void StepEnded(DdlStepKind kind, DdlOutcome outcome, TimeSpan time) =>
        _steps.Record(time.TotalSeconds, _instance, new("pgscale.kind", Word(kind)), Outcome(HistoryWords.Of(outcome)));

    internal void Locked(TimeSpan waited, TimeSpan held)
    {
        _waited.Record(waited.TotalSeconds, _instance);
        _held.Record(held.TotalSeconds, _instance);
    }

    private static KeyValuePair<string, object?> Outcome(string outcome) => new(PgScaleTelemetry.OutcomeTag, outcome);

    private static string Word(DdlStepKind kind) => kind switch
    {
        DdlStepKind.Transaction => "transaction",
        DdlStepKind.OutsideTransaction => "concurrent",
        DdlStepKind.Validation => "validation",
        _ => "backfill",
    };
}
