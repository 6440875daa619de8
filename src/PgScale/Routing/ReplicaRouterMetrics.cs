using System.Diagnostics;
using System.Diagnostics.Metrics;
using PgScale.Diagnostics;

namespace PgScale.Routing;

/// <summary>What routing measures, for one instance.</summary>
internal sealed class ReplicaRouterMetrics
{
    private readonly KeyValuePair<string, object?> _instance;
    private readonly Counter<long> _choices;
    private readonly Counter<long> _sheds;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _hedges;
    private readonly Counter<long> _suspicions;
    private readonly Counter<long> _unknown;
    private readonly Histogram<double> _freshness;
    private readonly Histogram<double> _failover;

    internal ReplicaRouterMetrics(IMeterFactory factory, string instance)
    {
        var meter = factory.Create(PgScaleTelemetry.MeterName);
        _instance = new(PgScaleTelemetry.InstanceTag, instance);
        _choices = meter.CreateCounter<long>("pgscale.routing.choices", "{read}", "Nodes chosen for reads, by node and reason.");
        _sheds = meter.CreateCounter<long>("pgscale.routing.rejected", "{read}", "Reads turned away because no node could serve them.");
        _retries = meter.CreateCounter<long>("pgscale.routing.retries", "{retry}", "Reads sent to another node after a failure.");
        _hedges = meter.CreateCounter<long>("pgscale.routing.hedges", "{read}", "Second requests, by whether they won.");
        _suspicions = meter.CreateCounter<long>("pgscale.routing.suspicions", "{suspicion}", "Nodes that seemed to hang, so that reads left them.");
        _unknown = meter.CreateCounter<long>("pgscale.routing.writes.outcome_unknown", "{write}", "Writes whose connection was lost after COMMIT.");
        _freshness = meter.CreateHistogram<double>("pgscale.routing.freshness_wait", "s", "Time that reads waited for a node to reach their token.");
        _failover = meter.CreateHistogram<double>("pgscale.routing.primary_wait", "s", "Time that writes waited for a primary.");
    }

    internal void Chosen(string tier, string node, string reason)
    {
        RouterActivity.Chosen(node, reason);
        if (_choices.Enabled)
        {
            _choices.Add(1, new TagList([_instance, Tier(tier), new(PgScaleTelemetry.NodeTag, node), new("pgscale.reason", reason)]));
        }
    }

    internal void Shed(string tier) => _sheds.Add(1, _instance, Tier(tier));

    internal void Retried(string tier, string node, ReadFailure kind) =>
        _retries.Add(1, [_instance, Tier(tier), new(PgScaleTelemetry.NodeTag, node), new("pgscale.reason", Word(kind))]);

    internal void Hedged(string tier, bool won) => _hedges.Add(1, _instance, Tier(tier), new(PgScaleTelemetry.OutcomeTag, won ? "won" : "lost"));

    internal void Suspected(string tier, string node) => _suspicions.Add(1, _instance, Tier(tier), new(PgScaleTelemetry.NodeTag, node));

    internal void OutcomeUnknown(string tier) => _unknown.Add(1, _instance, Tier(tier));

    internal void WaitedForFreshness(string tier, TimeSpan time) => _freshness.Record(time.TotalSeconds, _instance, Tier(tier));

    internal void WaitedForPrimary(string tier, TimeSpan time) => _failover.Record(time.TotalSeconds, _instance, Tier(tier));

    private static KeyValuePair<string, object?> Tier(string tier) => new(PgScaleTelemetry.TierTag, tier);

    private static string Word(ReadFailure kind) => kind switch
    {
        ReadFailure.Node => "node",
        ReadFailure.RecoveryConflict => "recovery_conflict",
        ReadFailure.CachedPlan => "cached_plan",
        ReadFailure.Stale => "stale",
        _ => "statement",
    };
}
