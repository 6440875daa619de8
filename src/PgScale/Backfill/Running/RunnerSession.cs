using System.Globalization;
using Npgsql;
using PgScale.Cluster;

namespace PgScale.Backfill.Running;

/// <summary>The pinned connection of one runner to the primary, and the advisory lock that it holds on its range.</summary>
/// <remarks>
/// The lock tells other runners that the range is taken, and the server frees it when the connection ends; a peer that vanished without a
/// word is found by the server's own keep-alives within 15 s. It is no fence: that is the epoch.
/// </remarks>
internal sealed class RunnerSession : IAsyncDisposable
{
    internal const string LockKey = "pg_catalog.hashtextextended('pgscale.backfill/' || $1 || '/' || $2 || '/' || $3, 0)";

    private const string Purpose = "backfill";

    private const string SettingsSql = "SELECT pg_catalog.set_config(name, value, false) FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS setting(name, value)";

    private (string Name, int Stage, int Number)? _locked;

    private RunnerSession(NpgsqlConnection connection, NodeState node)
    {
        Connection = connection;
        Node = node;
    }

    internal NpgsqlConnection Connection { get; }

    internal NodeState Node { get; }

    internal bool IsBroken => Connection.FullState is not System.Data.ConnectionState.Open;

    internal static SessionProfile Profile(string tier) => new(tier, ReadOnly: false, Purpose);

    internal static async Task<RunnerSession> OpenAsync(
        NodeConnections connections, NodeState primary, ControlledBackfillOptions options, CancellationToken cancellationToken)
    {
        var connection = await connections.OpenAsync(primary, Profile(options.Tier), cancellationToken).ConfigureAwait(false);
        try
        {
            await ConfigureAsync(connection, options, cancellationToken).ConfigureAwait(false);
            return new(connection, primary);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes a range's lock if it is free, in place of the one held before.</summary>
    internal async Task<bool> TryLockAsync(string name, int stage, int number, CancellationToken cancellationToken)
    {
        await UnlockAsync(cancellationToken).ConfigureAwait(false);
        var isFree = await Sql.AskAsync<bool>(
            Connection, $"SELECT pg_catalog.pg_try_advisory_lock({LockKey})", cancellationToken, Sql.Text(name), Sql.Text(Show(stage)), Sql.Text(Show(number))).ConfigureAwait(false);
        _locked = isFree ? (name, stage, number) : null;
        return isFree;
    }

    internal async Task UnlockAsync(CancellationToken cancellationToken)
    {
        if (_locked is { } held)
        {
            _locked = null;
            await Sql.AskAsync<bool>(
                Connection, $"SELECT pg_catalog.pg_advisory_unlock({LockKey})", cancellationToken, Sql.Text(held.Name), Sql.Text(Show(held.Stage)), Sql.Text(Show(held.Number))).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await UnlockAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NpgsqlException or ObjectDisposedException or InvalidOperationException)
        {
            // The lock ends with the connection.
        }

        await Connection.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task ConfigureAsync(NpgsqlConnection connection, ControlledBackfillOptions options, CancellationToken cancellationToken)
    {
        (string Name, string Value)[] settings =
        [
            ("jit", "off"), // a batch is short, compiling it is not
            ("lock_timeout", Milliseconds(options.LockTimeout)),
            ("statement_timeout", Milliseconds(options.StatementTimeout)),
            ("idle_in_transaction_session_timeout", Milliseconds(options.StatementTimeout)),
            ("synchronous_commit", options.SynchronousCommit ? "on" : "off"), // a batch that a crash takes takes its checkpoint with it
            ("tcp_keepalives_idle", "5"),
            ("tcp_keepalives_interval", "2"),
            ("tcp_keepalives_count", "5"),
            ("datestyle", "ISO"), // bounds are text: the same text in each session
            ("intervalstyle", "postgres"),
            ("timezone", "UTC"),
            ("extra_float_digits", "3"),
            ("bytea_output", "hex"),
        ];
        await Sql.RunAsync(
            connection, SettingsSql, cancellationToken, Sql.Texts([.. settings.Select(setting => setting.Name)]), Sql.Texts([.. settings.Select(setting => setting.Value)])).ConfigureAwait(false);
    }

    private static string Show(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Milliseconds(TimeSpan time) => ((long)Math.Ceiling(time.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture);
}
