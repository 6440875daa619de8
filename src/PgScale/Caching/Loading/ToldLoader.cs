namespace PgScale.Caching.Loading;

/// <summary>A factory that is told how fresh it must read.</summary>
internal sealed class ToldLoader<TState, T>(TState state, Func<TState, CacheFillContext, CancellationToken, ValueTask<T>> factory) : Loader<T>
{
    internal override bool IsTold => true;

    internal override ValueTask<T> LoadAsync(
        CacheFillContext context, CancellationToken cancellationToken) => factory(state, context, cancellationToken);
}
