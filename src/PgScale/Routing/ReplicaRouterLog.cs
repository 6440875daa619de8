using Microsoft.Extensions.Logging;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>What routing says: each change of state once. Event ids 2000–2999.</summary>
internal static partial class ReplicaRouterLog
{
    [LoggerMessage(2000, LogLevel.Warning, "PgScale '{Instance}': no replica may serve tier {Tier} now; its reads fall back to the primary within the budget. {Nodes}")]
    internal static partial void TierStarved(ILogger logger, string instance, string tier, string nodes);

    [LoggerMessage(2001, LogLevel.Information, "PgScale '{Instance}': tier {Tier} has {Count} replicas again")]
    internal static partial void TierFed(ILogger logger, string instance, string tier, int count);

    [LoggerMessage(2002, LogLevel.Warning, "PgScale '{Instance}': {Node} is ejected from tier {Tier} because its reads failed in a row although its probes are answered")]
    internal static partial void NodeEjected(ILogger logger, string instance, string tier, string node);

    [LoggerMessage(2003, LogLevel.Information, "PgScale '{Instance}': {Node} may serve tier {Tier} again after its ejection")]
    internal static partial void NodeReturned(ILogger logger, string instance, string tier, string node);

    [LoggerMessage(2004, LogLevel.Error, "PgScale '{Instance}': the routes could not follow the cluster this time; they follow its next change")]
    internal static partial void FollowFailed(ILogger logger, Exception failure, string instance);

    [LoggerMessage(2005, LogLevel.Debug, "PgScale '{Instance}': {Node} seems to hang: neither its reads nor a probe are answered; reads of tier {Tier} leave it until it answers")]
    internal static partial void NodeSuspected(ILogger logger, string instance, string node, string tier);

    [LoggerMessage(2007, LogLevel.Warning, "PgScale '{Instance}': a read asks for a write that the promotion to timeline {Timeline} has lost (token {Token}); such reads see the primary without it. Said once per promotion")]
    internal static partial void TokenLost(ILogger logger, string instance, uint timeline, ConsistencyToken token);

    [LoggerMessage(2006, LogLevel.Debug, "PgScale '{Instance}': {Node} is no longer suspected of hanging; reads of tier {Tier} may use it when its probes are answered")]
    internal static partial void NodeCleared(ILogger logger, string instance, string node, string tier);
}
