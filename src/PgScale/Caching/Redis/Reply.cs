namespace PgScale.Caching.Redis;

/// <summary>An answer of Redis, or that there is none and the caller goes on without it. No exception: an outage must be cheap.</summary>
internal readonly record struct Reply<T>(bool IsAvailable, T Value)
{
    internal static Reply<T> Of(T value) => new(IsAvailable: true, value);
}
