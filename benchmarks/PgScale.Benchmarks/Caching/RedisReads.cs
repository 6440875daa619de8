using System.Globalization;
using PgScale.Benchmarks.Caching.Sides;
using PgScale.Testing;

namespace PgScale.Benchmarks.Caching;

/// <summary>How many commands a Redis got that read values.</summary>
internal static class RedisReads
{
    /// <summary>The commands by which a side reads: ours reads many with one; the GETs in its scripts are part of taking a lock.</summary>
    public static async Task<long> CountAsync(RedisServer redis, CacheKind kind, CancellationToken cancellationToken)
    {
        var prefix = kind == CacheKind.PgScale ? "cmdstat_mget:calls=" : "cmdstat_get:calls=";
        var statistics = (await redis.ExecuteAsync(["INFO", "commandstats"], cancellationToken))!;
        return statistics.Split('\n')
            .Where(line => line.StartsWith(prefix, StringComparison.Ordinal))
            .Sum(line => long.Parse(line.AsSpan(prefix.Length, line.IndexOf(',', StringComparison.Ordinal) - prefix.Length), CultureInfo.InvariantCulture));
    }
}
