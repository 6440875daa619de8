using System.Data;
using System.Globalization;
using Npgsql;

namespace PgScale.Ddl.Execution;

/// <summary>
/// What one run holds of the primary: the pinned connection, on which the runner's lock and all steps are, and one beside it that looks
/// around while the pinned one is busy.
/// </summary>
internal sealed class DdlSession : IAsyncDisposable
{
    private const string LookLimit = "SET statement_timeout = '30s'"; // a look that hangs behind a lock on a catalog

    private const int HasIdleLimit = 140_000;
    private const int HasTransactionLimit = 170_000;

    private readonly NpgsqlDataSource _source;
    private NpgsqlConnection _observer;

    private DdlSession(string node, NpgsqlDataSource source, NpgsqlConnection pinned, NpgsqlConnection observer)
    {
        Node = node;
        _source = source;
        Pinned = pinned;
        _observer = observer;
    }

    /// <summary>The primary's name.</summary>
    internal string Node { get; }

    internal NpgsqlConnection Pinned { get; }

    /// <summary>The server process behind <see cref="Pinned"/>.</summary>
    internal int Pid { get; private set; }

    internal int Version { get; private set; }

    internal static async Task<DdlSession> OpenAsync(string node, NpgsqlDataSource source, TimeSpan idleLimit, CancellationToken cancellationToken)
    {
        NpgsqlConnection? pinned = null;
        NpgsqlConnection? observer = null;
        try
        {
            pinned = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            observer = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            var session = new DdlSession(node, source, pinned, observer);
            await PoolerCheck.RequireDirectAsync(pinned, observer, cancellationToken).ConfigureAwait(false);
            await session.PrepareAsync(idleLimit, cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await CloseAsync(pinned, observer, source).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The connection that looks around, opened again when it broke.</summary>
    internal async ValueTask<NpgsqlConnection> ObserverAsync(CancellationToken cancellationToken)
    {
        if (_observer.State != ConnectionState.Open)
        {
            await _observer.DisposeAsync().ConfigureAwait(false);
            _observer = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await Sql.ExecuteAsync(_observer, $"{NoLimits()}; {LookLimit}", cancellationToken).ConfigureAwait(false);
        }

        return _observer;
    }

    /// <summary>The server processes of this run, which are in nobody's way.</summary>
    internal int[] OwnPids() => [Pid, _observer.State == ConnectionState.Open ? _observer.ProcessID : Pid];

    public async ValueTask DisposeAsync() => await CloseAsync(Pinned, _observer, _source).ConfigureAwait(false);

    private async Task PrepareAsync(TimeSpan idleLimit, CancellationToken cancellationToken)
    {
        if (await Sql.ScalarAsync<bool>(Pinned, "SELECT pg_catalog.pg_is_in_recovery()", cancellationToken).ConfigureAwait(false))
        {
            throw new DdlException(
                DdlFailure.DirectConnectionNeeded,
                $"The connection for schema changes leads to a replica. Let PgScale:Ddl:ConnectionString lead to the primary ({Node}), for example with Target Session Attributes=primary.");
        }

        // Roles and databases may have limits of their own. Policies shall be an error, not hide rows from a backfill; a client that hangs
        // while it holds a lock is thrown out by the server.
        var idle = ((int)idleLimit.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        await Sql.ExecuteAsync(
            Pinned,
            $"SET statement_timeout = 0; SET lock_timeout = 0; SET default_transaction_read_only = off; SET default_transaction_isolation = 'read committed'; "
                + $"SET row_security = off; SET idle_in_transaction_session_timeout = {idle}",
            cancellationToken).ConfigureAwait(false);
        Pid = await Sql.ScalarAsync<int>(Pinned, "SELECT pg_catalog.pg_backend_pid()", cancellationToken).ConfigureAwait(false);
        Version = await Sql.ScalarAsync<int>(Pinned, "SELECT pg_catalog.current_setting('server_version_num')::int", cancellationToken).ConfigureAwait(false);
        await Sql.ExecuteAsync(Pinned, NoLimits(), cancellationToken).ConfigureAwait(false);
        await Sql.ExecuteAsync(_observer, $"{NoLimits()}; {LookLimit}", cancellationToken).ConfigureAwait(false);
    }

    private string NoLimits() =>
        (Version >= HasIdleLimit ? "SET idle_session_timeout = 0; " : "") + (Version >= HasTransactionLimit ? "SET transaction_timeout = 0; " : "") + "SET lock_timeout = 0";

    private static async Task CloseAsync(NpgsqlConnection? pinned, NpgsqlConnection? observer, NpgsqlDataSource source)
    {
        foreach (var connection in (NpgsqlConnection?[])[pinned, observer])
        {
            if (connection is not null)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }

        await source.DisposeAsync().ConfigureAwait(false);
    }
}
