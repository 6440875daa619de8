namespace PgScale.Caching.Loading;

/// <summary>The caller's factory with its state, in one object.</summary>
internal abstract class Loader<T>
{
    /// <summary>Whether the factory is told how fresh it must read.</summary>
    internal abstract bool IsTold { get; }

    internal abstract ValueTask<T> LoadAsync(CacheFillContext context, CancellationToken cancellationToken);
}
