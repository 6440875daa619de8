using PgScale.Cluster;

namespace PgScale.Caching;

/// <summary>What a load is told: how fresh its reads must be.</summary>
public sealed class CacheFillContext
{
    private readonly ConsistencyToken _token;

    internal CacheFillContext(ConsistencyToken token) => _token = token;

    /// <summary>
    /// What the read must hold: give it to <c>ReadOptions.Token</c>. Asking for it is the promise to do so; a load that never asks is
    /// stored only when every server is known to hold it.
    /// </summary>
    public ConsistencyToken Token
    {
        get
        {
            IsPromised = true;
            return _token;
        }
    }

    internal bool IsPromised { get; private set; }
}
