using Npgsql;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>A connection to the primary; dispose it to give it back.</summary>
/// <remarks>Begin and commit transactions as you like: the router does not know what was sent, and retries nothing.</remarks>
public sealed class WriteLease : IAsyncDisposable
{
    private readonly NodeSession _session;
    private readonly ConsistencyScope? _scope;
    private readonly TimeProvider _time;

    private bool _ended;

    internal WriteLease(NodeSession session, ConsistencyScope? scope, TimeProvider time)
    {
        _session = session;
        _scope = scope;
        _time = time;
    }

    /// <summary>The open connection.</summary>
    public NpgsqlConnection Connection => _session.Connection;

    /// <summary>The name of the primary.</summary>
    public string NodeName => _session.State.Name;

    /// <summary>Takes the token of everything committed by now, one round trip; call it after the commit. An ambient scope learns it.</summary>
    public async Task<ConsistencyToken> CaptureTokenAsync(CancellationToken cancellationToken = default)
    {
        var token = await ConsistencyToken.CaptureAsync(Connection, _time, cancellationToken).ConfigureAwait(false);
        _scope?.Observe(token);
        return token;
    }

    /// <summary>Gives the connection back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_ended)
        {
            _ended = true;
            await _session.SucceedAsync().ConfigureAwait(false);
        }
    }
}
