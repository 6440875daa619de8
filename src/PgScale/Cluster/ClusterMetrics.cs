using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using PgScale.Diagnostics;

namespace PgScale.Cluster;

/// <summary>What the ground floor measures. One object per meter factory, shared by all instances.</summary>
internal sealed class ClusterMetrics
{
    private static readonly InstrumentAdvice<double> ProbeAdvice = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    };

    private readonly Histogram<double> _probeDuration;

    private ImmutableArray<ClusterMonitor> _monitors = [];

    public ClusterMetrics(IMeterFactory factory)
    {
        var meter = factory.Create(PgScaleTelemetry.MeterName);
        _probeDuration = meter.CreateHistogram("pgscale.cluster.probe.duration", "s", "Time until a probe was answered or failed.", advice: ProbeAdvice);
        meter.CreateObservableGauge("pgscale.cluster.node.lag", () => Each(Lag), "s", "Age of the oldest log that a replica has not replayed; none while that is unknown or the replica cannot be used.");
        meter.CreateObservableGauge("pgscale.cluster.node.lag_bytes", () => Each(LagBytes), "By", "Log that a replica has not replayed; none while that is unknown or the replica cannot be used.");
        meter.CreateObservableGauge("pgscale.cluster.node.health", () => Each(Health), "{node}", "1 for the state that a node is in, 0 for the others.");
        meter.CreateObservableGauge("pgscale.cluster.node.role", () => Each(Role), "{node}", "1 for the role that a node has.");
        meter.CreateObservableGauge("pgscale.cluster.primary", Primaries, "{node}", "1 while there is one primary, 0 while there is none.");
    }

    internal void Observe(ClusterMonitor monitor) => ImmutableInterlocked.Update(ref _monitors, static (all, added) => all.Add(added), monitor);

    internal void Forget(ClusterMonitor monitor) => ImmutableInterlocked.Update(ref _monitors, static (all, gone) => all.Remove(gone), monitor);

    internal void Probed(string instance, ClusterNode node, NodeObservation observation, TimeProvider time) => _probeDuration.Record(
        time.GetElapsedTime(observation.SentAt, observation.ReceivedAt).TotalSeconds,
        new(PgScaleTelemetry.InstanceTag, instance),
        new(PgScaleTelemetry.NodeTag, node.Name),
        new(PgScaleTelemetry.OutcomeTag, observation.Fault is null ? "answered" : "failed"));

    private static IEnumerable<Measurement<double>> Lag(string instance, NodeState node) =>
        node is { Role: NodeRole.Replica, IsUsable: true, Lag.Time: { } time } ? [new(time.TotalSeconds, Tags(instance, node))] : [];

    private static IEnumerable<Measurement<long>> LagBytes(string instance, NodeState node) =>
        node is { Role: NodeRole.Replica, IsUsable: true, Lag.Bytes: { } bytes } ? [new(bytes, Tags(instance, node))] : [];

    private static IEnumerable<Measurement<int>> Role(string instance, NodeState node) =>
        [new(1, [.. Tags(instance, node), new(PgScaleTelemetry.RoleTag, Word(node.Role))])];

    private static IEnumerable<Measurement<int>> Health(string instance, NodeState node) =>
        Enum.GetValues<NodeHealth>().Select(health => new Measurement<int>(
            health == node.Health ? 1 : 0, [.. Tags(instance, node), new("pgscale.health", Word(health))]));

    private static KeyValuePair<string, object?>[] Tags(string instance, NodeState node) =>
        [new(PgScaleTelemetry.InstanceTag, instance), new(PgScaleTelemetry.NodeTag, node.Name)];

    private static string Word(NodeRole role) => role switch
    {
        NodeRole.Primary => "primary",
        NodeRole.Replica => "replica",
        _ => "unknown",
    };

    private static string Word(NodeHealth health) => health switch
    {
        NodeHealth.Healthy => "healthy",
        NodeHealth.NotReplicating => "not_replicating",
        NodeHealth.Unreachable => "unreachable",
        NodeHealth.Fenced => "fenced",
        _ => "unknown",
    };

    private IEnumerable<Measurement<T>> Each<T>(Func<string, NodeState, IEnumerable<Measurement<T>>> measure)
        where T : struct =>
        _monitors.SelectMany(monitor => monitor.Current.Nodes.SelectMany(node => measure(monitor.Instance, node)));

    private IEnumerable<Measurement<int>> Primaries() => _monitors.Select(monitor => new Measurement<int>(
        monitor.Current.Primary is null ? 0 : 1, new KeyValuePair<string, object?>(PgScaleTelemetry.InstanceTag, monitor.Instance)));
}
