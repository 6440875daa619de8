using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Caching.Hybrid;
using PgScale.Caching.Loading;
using PgScale.Cluster;

namespace PgScale.Caching;

/// <summary>Keeps values in process and in Redis, loads each missing one once in the whole fleet, and refills none from before a removal.</summary>
/// <remarks>
/// Thread-safe. A <see cref="HybridCache"/>: its members do what they say there. What goes wrong with Redis never reaches a caller: the
/// cache goes on with this process' memory.
/// </remarks>
public sealed class CacheWithLocking : HybridCache, IAsyncDisposable
{
    private readonly Lazy<CacheCore> _core;
    private readonly Lazy<CacheReader> _reader;
    private readonly Lazy<CacheWriter> _writer;

    private CacheCore? _ready; // what the lazy one holds, for the shortest way to a hit

    internal CacheWithLocking(Func<CacheCore> core)
    {
        _core = new(core);
        _reader = new(() => new(_core.Value));
        _writer = new(() => new(_core.Value));
    }

    internal CacheCore Core => _ready ??= _core.Value;

    /// <summary>The value of a key: from memory, from Redis, or from the factory, which runs once in the fleet for all who miss it.</summary>
    /// <typeparam name="TState">What the factory is given.</typeparam>
    /// <typeparam name="T">The value's type; one key has one.</typeparam>
    /// <param name="key">Any text.</param>
    /// <param name="state">What the factory is given, so that it needs no closure.</param>
    /// <param name="factory">Loads the value. Its token ends when all who wait for the value have gone, or the load takes too long.</param>
    /// <param name="options">What differs from the cache's own options.</param>
    /// <param name="tags">Under which names the value can be removed together with others.</param>
    /// <param name="cancellationToken">Ends this caller's wait; the load goes on for the others.</param>
    /// <exception cref="CacheLoadException">The load took too long, too many loads waited, or those of other processes failed.</exception>
    public override ValueTask<T> GetOrCreateAsync<TState, T>(
        string key,
        TState state,
        Func<TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options = null,
        IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        var core = Core;
        if (options is null && core.Local.TryGetFresh<T>(key, out var value))
        {
            core.Metrics.Read("local");
            return new(value!);
        }

        return GetAsync(key, new PlainLoader<TState, T>(state, factory), RulesOf(options), tags, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask<T> GetOrCreateAsync<TState, T>(
        ReadOnlySpan<char> key,
        TState state,
        Func<TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options = null,
        IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        var core = Core;
        if (options is null && core.Local.TryGetFresh<T>(key, out var value))
        {
            core.Metrics.Read("local");
            return new(value!);
        }

        return GetAsync(key.ToString(), new PlainLoader<TState, T>(state, factory), RulesOf(options), tags, cancellationToken);
    }

    /// <inheritdoc cref="GetOrCreateAsync{TState, T}(string, TState, Func{TState, CancellationToken, ValueTask{T}}, HybridCacheEntryOptions, IEnumerable{string}, CancellationToken)"/>
    public ValueTask<T> GetOrCreateAsync<TState, T>(
        string key,
        TState state,
        Func<TState, CancellationToken, ValueTask<T>> factory,
        CacheEntryOptions options,
        IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return TryGetFresh<T>(key, options, out var value)
            ? new(value!)
            : GetAsync(key, new PlainLoader<TState, T>(state, factory), RulesOf(options), tags, cancellationToken);
    }

    /// <inheritdoc cref="GetOrCreateAsync{TState, T}(string, TState, Func{TState, CancellationToken, ValueTask{T}}, HybridCacheEntryOptions, IEnumerable{string}, CancellationToken)"/>
    public ValueTask<T> GetOrCreateAsync<T>(
        string key,
        Func<CancellationToken, ValueTask<T>> factory,
        CacheEntryOptions options,
        IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(factory);
        return TryGetFresh<T>(key, options, out var value)
            ? new(value!)
            : GetAsync(
                key,
                new PlainLoader<Func<CancellationToken, ValueTask<T>>, T>(factory, static (own, token) => own(token)),
                RulesOf(options),
                tags,
                cancellationToken);
    }

    /// <summary>
    /// The value of a key, by a factory that is told how fresh it must read: hand <see cref="CacheFillContext.Token"/> to the read.
    /// </summary>
    /// <inheritdoc cref="GetOrCreateAsync{TState, T}(string, TState, Func{TState, CancellationToken, ValueTask{T}}, HybridCacheEntryOptions, IEnumerable{string}, CancellationToken)"/>
    public ValueTask<T> GetOrCreateAsync<T>(
        string key,
        Func<CacheFillContext, CancellationToken, ValueTask<T>> factory,
        CacheEntryOptions? options = null,
        IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return TryGetFresh<T>(key, options, out var value)
            ? new(value!)
            : GetAsync(
                key,
                new ToldLoader<Func<CacheFillContext, CancellationToken, ValueTask<T>>, T>(factory, static (own, context, token) => own(context, token)),
                RulesOf(options),
                tags,
                cancellationToken);
    }

    /// <inheritdoc cref="GetOrCreateAsync{T}(string, Func{CacheFillContext, CancellationToken, ValueTask{T}}, CacheEntryOptions, IEnumerable{string}, CancellationToken)"/>
    public ValueTask<T> GetOrCreateAsync<TState, T>(
        string key,
        TState state,
        Func<TState, CacheFillContext, CancellationToken, ValueTask<T>> factory,
        CacheEntryOptions? options = null,
        IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return TryGetFresh<T>(key, options, out var value)
            ? new(value!)
            : GetAsync(key, new ToldLoader<TState, T>(state, factory), RulesOf(options), tags, cancellationToken);
    }

    /// <summary>
    /// The values of many keys: one round trip to Redis, and one call of the factory for all that this process is to load; each key is
    /// still loaded once in the fleet. A key that the factory's answer leaves out is left out here, and kept as a null.
    /// </summary>
    /// <typeparam name="T">The values' type; one that can be null.</typeparam>
    /// <param name="keys">The keys; one that comes twice counts once.</param>
    /// <param name="factory">Loads the keys that it is given; it may be called again for single keys that another process failed to load.</param>
    /// <param name="options">What differs from the cache's own options.</param>
    /// <param name="tags">Under which names the values can be removed together.</param>
    /// <param name="cancellationToken">Ends this caller's wait.</param>
    /// <exception cref="CacheLoadException">The load took too long, too many loads waited, or those of other processes failed.</exception>
    /// <exception cref="NotSupportedException">The type has no null.</exception>
    public ValueTask<IReadOnlyDictionary<string, T>> GetOrCreateManyAsync<T>(
        IEnumerable<string> keys,
        Func<IReadOnlyList<string>, CacheFillContext, CancellationToken, ValueTask<IReadOnlyDictionary<string, T>>> factory,
        CacheEntryOptions? options = null,
        IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(factory);
        if (default(T) is not null)
        {
            throw new NotSupportedException($"A key may have no value, which {typeof(T)} cannot say. Read many as {typeof(T)}? instead.");
        }

        return new CacheBatchReader(Core).GetAsync(keys, factory, RulesOf(options), ToArray(tags), cancellationToken);
    }

    /// <summary>Stores a value that needed no load; what is being loaded for the key is not stored any longer.</summary>
    /// <inheritdoc/>
    public override ValueTask SetAsync<T>(
        string key, T value, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        return _writer.Value.SetAsync(key, value, RulesOf(options), ToArray(tags), cancellationToken);
    }

    /// <inheritdoc cref="SetAsync{T}(string, T, HybridCacheEntryOptions, IEnumerable{string}, CancellationToken)"/>
    /// <param name="key">Any text.</param>
    /// <param name="value">The value.</param>
    /// <param name="options">What differs from the cache's own options; its token is what the value is known to hold.</param>
    /// <param name="tags">Under which names the value can be removed together with others.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask SetAsync<T>(
        string key, T value, CacheEntryOptions options, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(options);
        return _writer.Value.SetAsync(key, value, RulesOf(options), ToArray(tags), cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default) =>
        await RemoveAsync(key, default, cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Removes a key after a write. When it returns, no process serves an older value, and none loads one and keeps it: not from a load
    /// under way, and not from a replica that does not hold the write yet.
    /// </summary>
    /// <param name="key">Any text.</param>
    /// <param name="token">The token of the write; none asks nothing of the servers that are read from.</param>
    /// <param name="cancellationToken">Ends the wait for other processes; the removal goes on.</param>
    /// <returns>How far it got: with Redis away only this process.</returns>
    /// <exception cref="ArgumentException">The token is from another cluster.</exception>
    public ValueTask<RemovalReach> RemoveAsync(string key, ConsistencyToken token, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        return _writer.Value.RemoveAsync(key, token, cancellationToken);
    }

    /// <summary>Removes all values that have a tag; <c>*</c> stands for all values.</summary>
    /// <inheritdoc/>
    public override async ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default) =>
        await RemoveByTagAsync(tag, default, cancellationToken).ConfigureAwait(false);

    /// <summary>Removes all values that have a tag, after a write; <c>*</c> stands for all values.</summary>
    /// <inheritdoc cref="RemoveAsync(string, ConsistencyToken, CancellationToken)"/>
    /// <param name="tag">Any text.</param>
    /// <param name="token">The token of the write.</param>
    /// <param name="cancellationToken">Ends the wait for other processes; the removal goes on.</param>
    public ValueTask<RemovalReach> RemoveByTagAsync(string tag, ConsistencyToken token, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tag);
        return _writer.Value.RemoveByTagAsync(tag, token, cancellationToken);
    }

    /// <summary>Lets go of the connection. Loads under way end by themselves.</summary>
    public ValueTask DisposeAsync() => _core.IsValueCreated ? _core.Value.DisposeAsync() : default;

    private static string[] ToArray(IEnumerable<string>? tags) =>
        tags is null ? [] : [.. tags.Select(CacheKeys.Canonical).Distinct(StringComparer.Ordinal)];

    private bool TryGetFresh<T>(string key, CacheEntryOptions? options, [MaybeNullWhen(false)] out T value)
    {
        var core = Core;
        if ((options is null || (options.Flags == HybridCacheEntryFlags.None && options.MinimumToken.IsNone))
            && core.Local.TryGetFresh(key, out value))
        {
            core.Metrics.Read("local");
            return true;
        }

        value = default;
        return false;
    }

    private ValueTask<T> GetAsync<T>(string key, Loader<T> loader, EntryRules rules, IEnumerable<string>? tags, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        return _reader.Value.GetAsync(key, loader, rules, ToArray(tags), cancellationToken);
    }

    private EntryRules RulesOf(CacheEntryOptions? options) => options is null ? Core.DefaultRules : Core.Rules.Of(options);

    private EntryRules RulesOf(HybridCacheEntryOptions? options) => options is null ? Core.DefaultRules : Core.Rules.Of(options);
}
