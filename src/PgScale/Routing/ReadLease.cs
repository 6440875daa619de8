using Npgsql;

namespace PgScale.Routing;

/// <summary>A connection to the node that the router chose for a read; dispose it to give it back.</summary>
/// <remarks>It is read-only. The router neither retries nor hedges what is done on it.</remarks>
public sealed class ReadLease : IAsyncDisposable
{
    private readonly NodeSession _session;
    private readonly ReadRequest _request;
    private readonly ReadExecutor _reads;
    private readonly Action _onEnd;

    private bool _ended;

    internal ReadLease(NodeSession session, ReadRequest request, ReadExecutor reads, Action onEnd)
    {
        _session = session;
        _request = request;
        _reads = reads;
        _onEnd = onEnd;
    }

    /// <summary>The open connection. Behind a pooler in transaction mode it has a read-only transaction open.</summary>
    public NpgsqlConnection Connection => _session.Connection;

    /// <summary>The name of the node.</summary>
    public string NodeName => _session.State.Name;

    /// <summary>Whether the node is the primary, which stood in for the replicas.</summary>
    public bool IsPrimary => _session.IsPrimary;

    /// <summary>Gives the connection back; in a scope it first asks the node how far it is, so that later reads do not go back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_ended)
        {
            _ended = true;
            try
            {
                await ObserveAsync().ConfigureAwait(false);
                if (Connection.FullState.HasFlag(System.Data.ConnectionState.Broken))
                {
                    await _session.FailAsync(ReadFailure.Node).ConfigureAwait(false);
                }
                else
                {
                    await _session.SucceedAsync().ConfigureAwait(false);
                }
            }
            finally
            {
                _onEnd();
            }
        }
    }

    private async ValueTask ObserveAsync()
    {
        try
        {
            await _reads.ObserveAsync(_session, _request, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NpgsqlException or InvalidOperationException)
        {
            _request.Scope!.IsUncertain = true;
        }
    }
}
