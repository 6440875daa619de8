using Microsoft.Extensions.Logging;

namespace PgScale.Cluster;

/// <summary>What the ground floor says: each change of state once. Event ids 1000–1999.</summary>
internal static partial class ClusterLog
{
    [LoggerMessage(1000, LogLevel.Information, "PgScale '{Instance}' watches {Count} nodes; primary: {Primary}")]
    internal static partial void Started(ILogger logger, string instance, int count, string primary);

    [LoggerMessage(1001, LogLevel.Information, "PgScale '{Instance}': {Node} is primary, timeline {Timeline}")]
    internal static partial void PrimaryFound(ILogger logger, string instance, ClusterNode node, uint timeline);

    [LoggerMessage(1002, LogLevel.Error, "PgScale '{Instance}': {Problem}")]
    internal static partial void PrimaryLost(ILogger logger, string instance, string problem);

    [LoggerMessage(1003, LogLevel.Information, "PgScale '{Instance}': {Node} is well ({Role})")]
    internal static partial void NodeHealthy(ILogger logger, string instance, ClusterNode node, NodeRole role);

    [LoggerMessage(1004, LogLevel.Warning, "PgScale '{Instance}': {Node} is {Health} (was {Before}) because {Reason}")]
    internal static partial void NodeUnhealthy(
        ILogger logger, string instance, ClusterNode node, NodeHealth health, NodeHealth before, string reason);

    [LoggerMessage(1005, LogLevel.Warning, "PgScale '{Instance}': replay on {Node} was paused")]
    internal static partial void ReplayPaused(ILogger logger, string instance, string node);

    [LoggerMessage(1016, LogLevel.Information, "PgScale '{Instance}': replay on {Node} was resumed")]
    internal static partial void ReplayResumed(ILogger logger, string instance, string node);

    [LoggerMessage(1006, LogLevel.Information, "PgScale '{Instance}': {Node} has left the configuration")]
    internal static partial void NodeRemoved(ILogger logger, string instance, string node);

    [LoggerMessage(1007, LogLevel.Information, "PgScale '{Instance}': configuration reloaded, {Count} nodes")]
    internal static partial void Reloaded(ILogger logger, string instance, int count);

    [LoggerMessage(1008, LogLevel.Error, "PgScale '{Instance}': the changed configuration is refused and the last good one with {Count} nodes kept: {Problem}")]
    internal static partial void ReloadRefused(ILogger logger, string instance, int count, string problem);

    [LoggerMessage(1009, LogLevel.Warning, "PgScale '{Instance}': node source {Source} gave no usable answer, its last good {Count} nodes are kept: {Problem}")]
    internal static partial void SourceRefused(ILogger logger, string instance, string source, int count, string problem);

    [LoggerMessage(1010, LogLevel.Information, "PgScale '{Instance}': node source {Source} answers again, {Count} nodes")]
    internal static partial void SourceRecovered(ILogger logger, string instance, string source, int count);

    [LoggerMessage(1011, LogLevel.Warning, "PgScale '{Instance}': host name '{Host}' has no address now; the last known ones are kept")]
    internal static partial void HostUnresolved(ILogger logger, string instance, string host);

    [LoggerMessage(1012, LogLevel.Information, "PgScale '{Instance}': host name '{Host}' can be resolved again")]
    internal static partial void HostResolved(ILogger logger, string instance, string host);

    [LoggerMessage(1013, LogLevel.Error, "PgScale '{Instance}': looking for nodes failed; it is tried again")]
    internal static partial void RefreshFailed(ILogger logger, Exception failure, string instance);

    [LoggerMessage(1014, LogLevel.Warning,
        "PgScale '{Instance}': the role that probes {Node} may not see the details of its WAL receiver, so after a promotion it is left out until its timeline shows elsewhere, which can take minutes: "
        + "GRANT pg_monitor TO that role")]
    internal static partial void RoleSeesTooLittle(ILogger logger, string instance, ClusterNode node);

    [LoggerMessage(1015, LogLevel.Error, "PgScale '{Instance}': a log or metric of {Node} could not be written; the node is watched all the same")]
    internal static partial void TelemetryFailed(ILogger logger, Exception failure, string instance, ClusterNode node);
}
