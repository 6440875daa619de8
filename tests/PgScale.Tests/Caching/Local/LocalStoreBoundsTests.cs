using PgScale.Caching.Local;

namespace PgScale.Tests.Caching.Local;

public sealed class LocalStoreBoundsTests
{
    [Test]
    public void Entries_are_evicted_when_there_are_too_many()
    {
        var store = new LocalStore<string>(maxEntries: 10, long.MaxValue);
        Fill(store, 1_000, size: 1);
        Assert.That(store.Count, Is.EqualTo(10));
        Assert.That(store.Evictions, Is.EqualTo(990));
    }

    [Test]
    public void Entries_are_evicted_when_they_are_too_big_together()
    {
        var store = new LocalStore<string>(long.MaxValue, maxBytes: 100_000);
        Fill(store, 1_000, size: 1_000);
        Assert.That(store.Bytes, Is.InRange(100_000 - EntryWeight.Of("k999", 1_000), 100_000));
    }

    [Test]
    public void Store_of_one_entry_holds_the_last()
    {
        var store = new LocalStore<string>(maxEntries: 1, long.MaxValue);
        store.Set("a", "1", 1);
        Assert.That(store.TryGet("a", out _), Is.True);
        store.Set("b", "2", 1);
        Assert.That(store.TryGet("a", out _), Is.False);
        Assert.That(store.TryGet("b", out _), Is.True);
    }

    [Test]
    public void Entry_that_fits_exactly_is_kept_and_a_byte_more_is_not()
    {
        var store = new LocalStore<string>(10, maxBytes: EntryWeight.Of("k", 1_000));
        store.Set("k", "fits", 1_000);
        Assert.That(store.TryGet("k", out _), Is.True);
        store.Set("k", "too big", 1_001);
        Assert.That(store.TryGet("k", out _), Is.False, "the older value must not outlive the one that replaced it");
        Assert.That((store.Count, store.Bytes), Is.EqualTo((0, 0L)));
    }

    [Test]
    public void Entry_too_big_to_keep_evicts_nobody()
    {
        var store = new LocalStore<string>(10, maxBytes: 10_000);
        Fill(store, 5, size: 10);
        store.Set("huge", "v", long.MaxValue);
        Assert.That(store.Count, Is.EqualTo(5));
        Assert.That(store.Evictions, Is.Zero);
    }

    [Test]
    public void Value_that_grows_makes_others_leave_and_stays()
    {
        var store = new LocalStore<string>(100, maxBytes: 20_000);
        store.Set("k", "small", 10);
        Fill(store, 15, size: 1_000);
        store.Set("k", "big", 15_000);
        Assert.That(store.TryGet("k", out var entry), Is.True);
        Assert.That(entry, Is.EqualTo("big"));
        Assert.That(store.Bytes, Is.InRange(15_000, 20_000));
    }

    [Test]
    public void One_big_entry_takes_the_place_of_many_small_ones()
    {
        var store = new LocalStore<string>(10_000, maxBytes: 1_000_000);
        Fill(store, 5_000, size: 10);
        store.Set("big", "v", 900_000);
        Assert.That(store.TryGet("big", out _), Is.True);
        Assert.That(store.Bytes, Is.LessThanOrEqualTo(1_000_000));
    }

    [Test]
    public void Estimate_of_bytes_is_fair()
    {
        const int Entries = 100_000;
        var keys = Enumerable.Range(0, Entries).Select(i => $"customer:{i:D8}:profile").ToArray();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var store = new LocalStore<byte[]>(Entries, long.MaxValue);
        foreach (var key in keys)
        {
            store.Set(new string(key), new byte[40], size: 64);
        }

        var taken = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.That(store.Bytes, Is.InRange(0.9 * taken, 1.2 * taken));
        GC.KeepAlive(keys);
    }

    private static void Fill(LocalStore<string> store, int entries, long size)
    {
        for (var i = 0; i < entries; i++)
        {
            store.Set($"k{i}", "v", size);
        }
    }
}
