using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>
/// An ambient token that grows: every read in the scope is at least as fresh as every write in it, and never older than an earlier read.
/// </summary>
/// <remarks>Flows with the asynchronous call. Thread-safe. Dispose it where it was begun; scopes nest, and the inner one's token counts for the outer one too.</remarks>
public sealed class ConsistencyScope : IDisposable
{
    private readonly AsyncLocal<ConsistencyScope?> _ambient;
    private readonly ConsistencyScope? _outer;
    private readonly Lock _lock = new();

    private ConsistencyToken _token;
    private bool _ended;

    internal ConsistencyScope(AsyncLocal<ConsistencyScope?> ambient, ConsistencyToken token)
    {
        _ambient = ambient;
        _outer = ambient.Value;
        _token = _outer is null ? token : ConsistencyToken.Max(_outer.Token, token);
        ambient.Value = this;
    }

    /// <summary>The latest position written or read in the scope: hand it to the client or to the next process.</summary>
    public ConsistencyToken Token
    {
        get
        {
            lock (_lock)
            {
                return _token;
            }
        }
    }

    /// <summary>Whether a read has seen more than the token says: the node was lost before it could be asked. Then only the primary is certain.</summary>
    internal bool IsUncertain { get; set; }

    /// <summary>Takes a token into the scope, for a write that was made elsewhere.</summary>
    /// <exception cref="ArgumentException">The token is from another cluster.</exception>
    public void Observe(ConsistencyToken token)
    {
        lock (_lock)
        {
            _token = ConsistencyToken.Max(_token, token);
        }

        _outer?.Observe(token);
    }

    /// <summary>Ends the scope; <see cref="Token"/> can still be read.</summary>
    public void Dispose()
    {
        _ended = true;
        while (_ambient.Value is { _ended: true } ended)
        {
            _ambient.Value = ended._outer;
        }
    }
}
