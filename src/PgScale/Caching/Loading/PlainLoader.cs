namespace PgScale.Caching.Loading;

/// <summary>A factory as <c>HybridCache</c> knows it.</summary>
internal sealed class PlainLoader<TState, T>(TState state, Func<TState, CancellationToken, ValueTask<T>> factory) : Loader<T>
{
    internal override bool IsTold => false;

    internal override ValueTask<T> LoadAsync(CacheFillContext context, CancellationToken cancellationToken) => factory(state, cancellationToken);
}
