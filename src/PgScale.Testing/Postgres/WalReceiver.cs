using Npgsql;

namespace PgScale.Testing.Postgres;

/// <summary>The process of a replica that fetches the log from its upstream.</summary>
internal static class WalReceiver
{
    private const string ConnectionSetting = "primary_conninfo";

    public static async Task CutAsync(PostgresServer replica, TimeSpan timeout, CancellationToken cancellationToken)
    {
        await replica.ConfigureAsync(ConnectionSetting, "", cancellationToken).ConfigureAwait(false);
        // While replay is paused or delayed nobody acts on the new setting, so the process is ended as well.
        if (await replica.ScalarAsync<int?>("SELECT pid FROM pg_stat_wal_receiver", cancellationToken).ConfigureAwait(false) is { } processId)
        {
            await replica.Runner.TerminateChildAsync(processId, cancellationToken).ConfigureAwait(false);
        }

        await Query.UntilTrueAsync(
            replica, "SELECT NOT EXISTS (SELECT FROM pg_stat_wal_receiver)", timeout, "did not end its WAL receiver", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Makes a replica stream from an upstream, and waits until it does. It will not before the upstream answers and replay, which
    /// starts the receiver, is no longer paused; then nothing is waited for.
    /// </summary>
    public static async Task FollowAsync(PostgresServer replica, PostgresServer upstream, TimeSpan timeout, CancellationToken cancellationToken)
    {
        await replica.ConfigureAsync(ConnectionSetting, ConnectionTo(upstream, replica.Name), cancellationToken).ConfigureAwait(false);
        replica.Upstream = upstream;
        if (upstream.Answers && replica.Answers
            && !await replica.ScalarAsync<bool>("SELECT pg_is_wal_replay_paused()", cancellationToken).ConfigureAwait(false))
        {
            await WaitForStreamingAsync(replica, timeout, cancellationToken).ConfigureAwait(false);
        }
    }

    public static Task WaitForStreamingAsync(PostgresServer replica, TimeSpan timeout, CancellationToken cancellationToken) => Query.UntilTrueAsync(
        replica,
        "SELECT EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming')",
        timeout,
        $"did not stream from {replica.Upstream?.Name}",
        cancellationToken);

    /// <summary>The value of <c>primary_conninfo</c>.</summary>
    public static string ConnectionTo(PostgresServer upstream, string replicaName)
    {
        NpgsqlConnectionStringBuilder own = new(upstream.ConnectionString);
        return $"host={own.Host} port={own.Port} user={own.Username} password={own.Password} application_name={replicaName} sslmode=disable";
    }
}
