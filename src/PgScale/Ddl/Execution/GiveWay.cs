using System.Globalization;
using Npgsql;

namespace PgScale.Ddl.Execution;

/// <summary>Asks sessions that are in the way to give way, as far as the policy allows. Whoever is asked is asked once for each of its transactions.</summary>
internal sealed class GiveWay(DdlSession session, DdlConnections connections, DdlBlockerPolicy policy, Lookout lookout, DdlReport report)
{
    // Only while it is still the transaction that was seen: a pooled session may be in its next one already.
    private const string Cancel = "SELECT pg_catalog.pg_cancel_backend(l.pid) FROM pg_catalog.pg_locks l WHERE l.pid = $1 AND l.virtualtransaction = $2 LIMIT 1";

    private const string Terminate = "SELECT pg_catalog.pg_terminate_backend(l.pid) FROM pg_catalog.pg_locks l WHERE l.pid = $1 AND l.virtualtransaction = $2 LIMIT 1";

    private readonly HashSet<(string Node, int Pid, string Transaction)> _asked = [];

    /// <summary>Does what the policy says about those who are in the way.</summary>
    /// <param name="look">Who is in the way.</param>
    /// <param name="mayQueue">Whether the pinned connection is free, so that an autovacuum can be asked from it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="DdlException">The policy says to stop and report.</exception>
    internal async Task AskAsync(Look look, bool mayQueue, CancellationToken cancellationToken)
    {
        foreach (var blocker in look.Blockers)
        {
            if (policy.Action == DdlBlockerAction.Report && blocker.Age >= policy.OlderThan)
            {
                throw new DdlException(
                    DdlFailure.Blocked,
                    $"The policy says to stop when a transaction older than {policy.OlderThan} is in the way: {blocker}. Wait until it ends, or end it, and run again.")
                { Blockers = look.Blockers };
            }

            if (MayTouch(blocker) && _asked.Add((blocker.Node, blocker.Pid, blocker.Transaction)))
            {
                await TouchAsync(blocker, cancellationToken).ConfigureAwait(false);
            }
            else if (mayQueue && IsVacuumToEnd(blocker) && _asked.Add((blocker.Node, blocker.Pid, blocker.Transaction)))
            {
                await EndVacuumAsync(blocker, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private bool MayTouch(DdlBlocker blocker) =>
        policy.Action is DdlBlockerAction.Cancel or DdlBlockerAction.Terminate
        && blocker.Kind == DdlBlockerKind.Session
        && blocker.Age >= policy.OlderThan
        && (policy.AnyApplication || policy.Applications.Contains(blocker.Application, StringComparer.Ordinal));

    private bool IsVacuumToEnd(DdlBlocker blocker) =>
        blocker.Kind == DdlBlockerKind.Autovacuum && blocker.Relation.Length > 0 && lookout.SeenFor(blocker) >= policy.AutovacuumAfter;

    private async Task TouchAsync(DdlBlocker blocker, CancellationToken cancellationToken)
    {
        var sql = policy.Action == DdlBlockerAction.Cancel ? Cancel : Terminate;
        try
        {
            var gone = await OnItsNodeAsync(
                blocker,
                connection => Sql.ScalarAsync<bool>(connection, sql, cancellationToken, Sql.Number(blocker.Pid), Sql.Text(blocker.Transaction)),
                cancellationToken).ConfigureAwait(false);
            report.Asked(blocker, policy.Action, gone);
        }
        catch (NpgsqlException refused)
        {
            report.MayNotAsk(blocker, refused);
        }
    }

    // A session that waits behind a plain autovacuum has it cancelled by the server after deadlock_timeout; a vacuum that prevents
    // wraparound stays. SHARE UPDATE EXCLUSIVE waits behind vacuums and stops neither reads nor writes, and needs no right to signal.
    private async Task EndVacuumAsync(DdlBlocker vacuum, CancellationToken cancellationToken)
    {
        var transaction = await session.Pinned.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var ending = transaction.ConfigureAwait(false);
        try
        {
            var timeout = await Sql.ScalarAsync<int>(
                session.Pinned, "SELECT setting::int FROM pg_catalog.pg_settings WHERE name = 'deadlock_timeout'", cancellationToken).ConfigureAwait(false);
            var longest = (timeout + 1_000).ToString(CultureInfo.InvariantCulture);
            await Sql.ExecuteAsync(session.Pinned, $"SET LOCAL lock_timeout = {longest}", cancellationToken).ConfigureAwait(false);
            await Sql.ExecuteAsync(session.Pinned, $"LOCK TABLE ONLY {vacuum.Relation} IN SHARE UPDATE EXCLUSIVE MODE", cancellationToken).ConfigureAwait(false);
            report.Asked(vacuum, DdlBlockerAction.Cancel, gone: true);
        }
        catch (PostgresException refused) when (refused.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.InsufficientPrivilege)
        {
            report.MayNotAsk(vacuum, refused);
        }
    }

    private async Task<T> OnItsNodeAsync<T>(DdlBlocker blocker, Func<NpgsqlConnection, Task<T>> ask, CancellationToken cancellationToken)
    {
        if (connections.Snapshot.Find(blocker.Node) is { } node && !string.Equals(blocker.Node, session.Node, StringComparison.Ordinal))
        {
            var replica = await connections.OpenReplicaAsync(node, cancellationToken).ConfigureAwait(false);
            await using var returning = replica.ConfigureAwait(false);
            return await ask(replica).ConfigureAwait(false);
        }

        return await ask(await session.ObserverAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
    }
}
