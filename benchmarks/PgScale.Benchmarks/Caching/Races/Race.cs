using System.Diagnostics;
using System.Globalization;
using PgScale.Benchmarks.Caching.Fleet;
using PgScale.Benchmarks.Caching.Sides;

namespace PgScale.Benchmarks.Caching.Races;

/// <summary>
/// One process' share of a race: rows are changed and their keys removed while loads that may have read the old row are under way.
/// Whoever begins to read after a removal has ended must see that write.
/// </summary>
internal sealed class Race(ICacheSide cache, IRowStore rows, SharedNumbers shared, string name)
{
    public const int Rows = 8;

    private const double WriteShare = 0.25;

    // A load ends up to so long after it has read its row.
    private static readonly TimeSpan LongestLoad = TimeSpan.FromMilliseconds(4);

    private long _reads;
    private long _writes;
    private long _unconfirmed;
    private long _stale;

    public async Task<CacheReport> RunAsync(int workers, int writes, TimeSpan limit)
    {
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(async () =>
        {
            while (Volatile.Read(ref _writes) < writes && Stopwatch.GetElapsedTime(started) < limit)
            {
                await StepAsync(Random.Shared.Next(Rows));
            }
        })));
        return new() { Operations = _reads, Writes = _writes, Unconfirmed = _unconfirmed, Stale = _stale, Elapsed = Stopwatch.GetElapsedTime(started) };
    }

    private Task StepAsync(int row) => Random.Shared.NextDouble() < WriteShare ? WriteAsync(row) : ReadAsync(row);

    private async Task WriteAsync(int row)
    {
        Interlocked.Increment(ref _writes);
        var (version, token) = await rows.WriteAsync(row);
        if (await cache.RemoveAsync(KeyOf(row), token))
        {
            await shared.RaiseFloorAsync(name, row, version);
        }
        else
        {
            Interlocked.Increment(ref _unconfirmed);
        }
    }

    private async Task ReadAsync(int row)
    {
        var floor = await shared.FloorAsync(name, row);
        var value = await cache.GetAsync(KeyOf(row), async (token, cancellationToken) =>
        {
            var version = await rows.ReadAsync(row, token, cancellationToken);
            await Task.Delay(LongestLoad * Random.Shared.NextDouble(), TimeProvider.System, cancellationToken);
            return version.ToString(CultureInfo.InvariantCulture);
        });
        Interlocked.Increment(ref _reads);
        Interlocked.Add(ref _stale, long.Parse(value, CultureInfo.InvariantCulture) < floor ? 1 : 0);
    }

    private string KeyOf(int row) => string.Create(CultureInfo.InvariantCulture, $"{name}:{row}");
}
