namespace PgScale.Caching.Loading;

/// <summary>A factory for many keys at once.</summary>
internal sealed class BatchLoader<T>(
    IReadOnlyList<string> keys,
    Func<IReadOnlyList<string>, CacheFillContext, CancellationToken, ValueTask<IReadOnlyDictionary<string, T>>> factory)
    : Loader<IReadOnlyDictionary<string, T>>
{
    internal override bool IsTold => true;

    internal override ValueTask<IReadOnlyDictionary<string, T>> LoadAsync(CacheFillContext context, CancellationToken cancellationToken) =>
        factory(keys, context, cancellationToken);
}
