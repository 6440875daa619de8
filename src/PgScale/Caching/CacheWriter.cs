using PgScale.Caching.Loading;
using PgScale.Caching.Local;
using PgScale.Caching.Serialization;
using PgScale.Cluster;

namespace PgScale.Caching;

/// <summary>What sets and removes, here and in all processes.</summary>
internal sealed class CacheWriter(CacheCore core)
{
    internal async ValueTask<RemovalReach> RemoveAsync(string key, ConsistencyToken token, CancellationToken cancellationToken)
    {
        key = CacheKeys.Canonical(key);
        CheckCluster(token);
        core.Removed(key, stamp: 0, token);
        if (core.Shared is not { } shared)
        {
            return Counted(RemovalReach.Everywhere);
        }

        var reach = await shared.RemoveAsync(key, token, cancellationToken).ConfigureAwait(false);
        core.Removed(key, stamp: 0, token); // what was read from Redis in between
        return Counted(reach);
    }

    internal async ValueTask<RemovalReach> RemoveByTagAsync(string tag, ConsistencyToken token, CancellationToken cancellationToken)
    {
        tag = CacheKeys.Canonical(tag);
        CheckCluster(token);
        core.Local.Tags.Remove(tag, token);
        return Counted(core.Shared is { } shared
            ? await shared.RemoveTagAsync(tag, token, cancellationToken).ConfigureAwait(false)
            : RemovalReach.Everywhere);
    }

    internal async ValueTask SetAsync<T>(string key, T value, EntryRules rules, string[] tags, CancellationToken cancellationToken)
    {
        key = CacheKeys.Canonical(key);
        var codec = core.Codecs.Get<T>();
        var lifetime = Lifetimes.Jittered(value is null ? Math.Max(1, rules.NullExpiration) : rules.Expiration, core.Options.ExpirationJitter);
        var token = Tokens.Greatest(rules.MinimumToken, core.Ledger.Find(key)); // set after those removals, so by the caller's word as fresh
        var bytes = Serialize(value, codec);
        var epoch = core.Local.Lease.Epoch;
        var stamps = core.Local.Tags.Stamp(tags);
        if (core.Shared is { IsUsable: true } known && stamps.Named.Length > 0)
        {
            await known.LearnAsync(stamps.Named.ToArray(), epoch).ConfigureAwait(false);
            stamps = core.Local.Tags.Stamp(tags);
        }

        core.Removed(key, stamp: 0, token);
        if (core.Shared is { } shared && rules.WritesShared)
        {
            var payload = bytes is not { } body ? null : StoredValueWriter.Write(
                key, codec.Fingerprint, value is null, body, loadMilliseconds: 0, token, stamps, core.Options.CompressionThreshold);
            if (payload is not null && shared.IsUsable && payload.Length <= core.Options.MaxPayloadBytes)
            {
                await shared.SetAsync(key, payload, lifetime, lifetime + rules.StaleOnFailure, token, cancellationToken).ConfigureAwait(false);
                return; // the next read takes it from Redis: only there is it in order with removals
            }

            await shared.RemoveAsync(key, token, cancellationToken).ConfigureAwait(false);
        }

        if (rules.WritesLocal && (bytes is not null || codec.Shares(rules.ShareInstance)))
        {
            SetLocally(key, value, codec, bytes, rules, lifetime, epoch, stamps, token);
        }
    }

    private void SetLocally<T>(
        string key, T value, ValueCodec<T> codec, ReadOnlyMemory<byte>? bytes, EntryRules rules, long lifetime, int epoch,
        Tags.TagStamps stamps, ConsistencyToken token)
    {
        var now = core.Clock.Now;
        var ends = now + Math.Min(lifetime, rules.LocalExpiration);
        var copies = value is null || codec.Shares(rules.ShareInstance) ? null : codec.CopiesOf(bytes!.Value);
        core.Local.Set(key, new LocalEntry<T>(new(value, copies, token))
        {
            LoadedAt = now,
            ExpiresAt = ends,
            FreshUntil = ends,
            StaleUntil = now + lifetime + rules.StaleOnFailure,
            Epoch = epoch,
            Tags = stamps,
            Token = token,
        }, bytes?.Length ?? LocalSize.Of(value));
    }

    // A value that cannot be written is not shared, but what was there before it goes nevertheless.
    private ReadOnlyMemory<byte>? Serialize<T>(T value, ValueCodec<T> codec)
    {
        try
        {
            return value is null ? ReadOnlyMemory<byte>.Empty : codec.Write(value);
        }
        catch (Exception failure)
        {
            core.Metrics.NotShared("not_serializable");
            CacheLog.NotSerializable(core.Logger, failure, core.Instance, typeof(T));
            return null;
        }
    }

    private RemovalReach Counted(RemovalReach reach)
    {
        core.Metrics.Removed(reach);
        return reach;
    }

    private void CheckCluster(ConsistencyToken token)
    {
        if (core.SystemIdentifier() is var known && known != 0 && !token.IsNone && token.SystemIdentifier != known)
        {
            throw new ArgumentException(
                $"The token is from the cluster {token.SystemIdentifier}, this cache belongs to {known}. "
                + "Pass the token of a write to this cluster.",
                nameof(token));
        }
    }
}
