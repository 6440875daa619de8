using Npgsql;
using PgScale.Cluster;

namespace PgScale.Ddl.Execution;

/// <summary>Looks who is in the way of locks: on the primary, and on the replicas that will have to take them too.</summary>
internal sealed class Lookout(DdlSession session, DdlConnections connections, SafeDdlExecutorOptions options, TimeProvider time)
{
    private readonly BlockerAges _ages = new(time);

    internal TimeSpan SeenFor(DdlBlocker blocker) => _ages.SeenFor(blocker);

    /// <summary>Looks at all servers at once.</summary>
    internal async Task<Look> LookAsync(IReadOnlyList<LockTarget> targets, CancellationToken cancellationToken)
    {
        var looks = Replicas(targets).Select(replica => LookAtReplicaAsync(replica, targets, cancellationToken)).ToList();
        looks.Add(LookAtPrimaryAsync(targets, cancellationToken));
        var found = await Task.WhenAll(looks).ConfigureAwait(false);
        return new(_ages.Complete(found.SelectMany(look => look.Blockers)), FindUnseen(targets) ?? Array.Find(found, look => look.Problem is not null)?.Problem);
    }

    /// <summary>Who stands before the statement that the pinned connection runs now.</summary>
    internal async Task<Look> LookAtRunningAsync(CancellationToken cancellationToken)
    {
        var observer = await session.ObserverAsync(cancellationToken).ConfigureAwait(false);
        return new(_ages.Complete(await BlockerQuery.BlockingAsync(observer, session.Node, session.Pid, options.QueryText, cancellationToken).ConfigureAwait(false)));
    }

    /// <summary>Why replicas are too far behind for the next step or batch; null when they are not.</summary>
    internal string? FindLag() => options.WatchReplicas
        ? connections.Snapshot.Replicas.Where(replica => replica.IsUsable).Select(LagProblem).FirstOrDefault(problem => problem is not null)
        : null;

    private IEnumerable<NodeState> Replicas(IReadOnlyList<LockTarget> targets) =>
        options.WatchReplicas && targets.Any(target => LockConflicts.IsReplayed(target.Mode))
            ? connections.Snapshot.Replicas.Where(replica => replica.IsUsable)
            : [];

    // Right after the start a replica may not have been found yet, and its readers would be overlooked.
    private string? FindUnseen(IReadOnlyList<LockTarget> targets) =>
        options.WatchReplicas && targets.Any(target => LockConflicts.IsReplayed(target.Mode))
            && connections.Snapshot.Nodes.FirstOrDefault(node => node.Health == NodeHealth.Unknown) is { } unseen
            ? $"the server {unseen.Name} has not answered its first probe yet"
            : null;

    private async Task<Look> LookAtPrimaryAsync(IReadOnlyList<LockTarget> targets, CancellationToken cancellationToken)
    {
        var observer = await session.ObserverAsync(cancellationToken).ConfigureAwait(false);
        return new(await BlockerQuery.HoldersAsync(observer, session.Node, targets, session.OwnPids(), options.QueryText, cancellationToken).ConfigureAwait(false));
    }

    private async Task<Look> LookAtReplicaAsync(NodeState replica, IReadOnlyList<LockTarget> targets, CancellationToken cancellationToken)
    {
        try
        {
            var connection = await connections.OpenReplicaAsync(replica, cancellationToken).ConfigureAwait(false);
            await using var returning = connection.ConfigureAwait(false);
            var replayed = targets.Where(target => LockConflicts.IsReplayed(target.Mode));
            var blockers = await BlockerQuery.HoldersAsync(connection, replica.Name, replayed, [], options.QueryText, cancellationToken).ConfigureAwait(false);
            return new(blockers, LagProblem(replica));
        }
        catch (NpgsqlException failure)
        {
            return new([], $"the replica {replica.Name} could not be asked who reads there ({failure.Message})");
        }
    }

    private string? LagProblem(NodeState replica) => replica.Lag.Time is { } lag && lag <= options.MaxReplicaLag
        ? null
        : $"the replica {replica.Name} is {replica.Lag} behind, and PgScale:Ddl:MaxReplicaLag is {OptionRules.Show(options.MaxReplicaLag)}";
}
