using Npgsql;

namespace PgScale.Routing;

/// <summary>A connection to the node that the router chose for a read; dispose it to give it back.</summary>
/// <remarks>It is read-only. The router neither retries nor hedges what is done on it.</remarks>
public sealed class ReadLease : IAsyncDisposable
{
    private readonly ReadRun _run;
    private readonly RouterCore _core;

    private NodeSession _session;
    private bool _ended;

    internal ReadLease(NodeSession session, ReadRun run, RouterCore core)
    {
        _session = session;
        _run = run;
        _core = core;
    }

    /// <summary>The open connection. Behind a pooler in transaction mode it has a read-only transaction open.</summary>
    public NpgsqlConnection Connection => _session.Connection;

    /// <summary>The name of the node.</summary>
    public string NodeName => _session.State.Name;

    /// <summary>Whether the node is the primary, which stood in for the replicas.</summary>
    public bool IsPrimary => _session.IsPrimary;

    internal NodeSession Session => _session;

    internal ReadRun Run => _run;

    /// <summary>Gives the connection back; in a scope it first asks the node how far it is, so that later reads do not go back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_ended)
        {
            _ended = true;
            try
            {
                await ObserveAsync().ConfigureAwait(false);
                await EndAsync().ConfigureAwait(false);
            }
            finally
            {
                _run.Tier.Places.Leave();
            }
        }
    }

    /// <summary>Makes sure that the node holds the token, in a round trip of its own; when it does not in time the lease moves to another node.</summary>
    internal async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        while (_session.NeedsGuard)
        {
            try
            {
                if (await _core.Sessions.IsFreshAsync(_session, _run, cancellationToken).ConfigureAwait(false))
                {
                    return;
                }
            }
            catch (NpgsqlException)
            {
                // Nothing of the caller was sent: another node does as well. The session has been ended.
            }

            _session = await _core.Sessions.OpenAsync(_run, isHedge: false, cancellationToken).ConfigureAwait(false);
        }
    }

    private ValueTask EndAsync() => Connection.FullState.HasFlag(System.Data.ConnectionState.Broken) ? _session.FailAsync(ReadFailure.Node) : _session.SucceedAsync();

    private async ValueTask ObserveAsync()
    {
        try
        {
            await _core.Reads.ObserveAsync(_session, _run.Request, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NpgsqlException or InvalidOperationException)
        {
            _run.Request.Scope!.IsUncertain = true;
        }
    }
}
