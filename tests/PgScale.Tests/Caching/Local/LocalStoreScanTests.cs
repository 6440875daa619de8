using PgScale.Benchmarks.Caching;

namespace PgScale.Tests.Caching.Local;

public sealed class LocalStoreScanTests
{
    private const int Entries = 10_000;

    [Test]
    public void Scan_of_ten_times_its_size_leaves_the_hot_entries_where_a_plain_lru_loses_them_all()
    {
        Assert.That(HotLeftAfterScan(HitRatio.LocalStoreAccess(Entries)), Is.GreaterThan(0.97));
        Assert.That(HotLeftAfterScan(HitRatio.PlainLruAccess(Entries)), Is.Zero);
    }

    [Test]
    public void Scans_between_popular_keys_cost_little_of_the_hit_ratio()
    {
        var popular = KeyTrace.Zipf(10 * Entries, skew: 0.9, length: 200_000);
        var quiet = Hits(popular, HitRatio.LocalStoreAccess(Entries), scanEvery: 0);
        var scanned = Hits(popular, HitRatio.LocalStoreAccess(Entries), scanEvery: 40_000);
        var lru = Hits(popular, HitRatio.PlainLruAccess(Entries), scanEvery: 40_000);
        Assert.That(scanned, Is.GreaterThan(0.95 * quiet));
        Assert.That(scanned, Is.GreaterThan(1.1 * lru));
    }

    [Test]
    public void Popular_keys_are_kept_better_than_by_a_plain_lru([Values(0.7, 0.9, 1.1)] double skew)
    {
        var popular = KeyTrace.Zipf(10 * Entries, skew, length: 200_000);
        Assert.That(HitRatio.OfLocalStore(popular, Entries), Is.GreaterThan(HitRatio.OfPlainLru(popular, Entries)));
    }

    [Test]
    public void Loop_a_little_larger_than_the_store_still_hits()
    {
        var loop = KeyTrace.Loop(Entries * 11 / 10, length: 200_000);
        Assert.That(HitRatio.OfLocalStore(loop, Entries), Is.GreaterThan(50));
        Assert.That(HitRatio.OfPlainLru(loop, Entries), Is.Zero);
    }

    private static double HotLeftAfterScan(Func<string, bool> access)
    {
        const int Hot = Entries * 8 / 10;
        for (var round = 0; round < 3; round++)
        {
            Ask(access, "hot", Hot);
        }

        Ask(access, "scanned", 10 * Entries);
        return Ask(access, "hot", Hot) / (double)Hot;
    }

    private static double Hits(int[] popular, Func<string, bool> access, int scanEvery)
    {
        var hits = 0;
        for (var i = 0; i < popular.Length; i++)
        {
            if (scanEvery > 0 && i % scanEvery == scanEvery - 1)
            {
                Ask(access, $"scan{i}:", 10 * Entries);
            }

            hits += access($"key:{popular[i]}") ? 1 : 0;
        }

        return 100.0 * hits / popular.Length;
    }

    private static int Ask(Func<string, bool> access, string prefix, int keys) =>
        Enumerable.Range(0, keys).Count(key => access($"{prefix}{key}"));
}
