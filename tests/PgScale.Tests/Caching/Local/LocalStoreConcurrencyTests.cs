using PgScale.Caching.Local;

namespace PgScale.Tests.Caching.Local;

public sealed class LocalStoreConcurrencyTests
{
    private const int ThreadCount = 8;
    private const int Calls = 60_000;
    private const int Keys = 300;
    private const int MaxEntries = 100;
    private const int MaxBytes = 40_000;

    private static readonly string[] Names = [.. Enumerable.Range(0, Keys).Select(key => $"key{key}")];

    [Test]
    public async Task Storm_of_writers_never_passes_a_bound_and_leaves_the_counts_true()
    {
        var store = new LocalStore<StampedEntry>(MaxEntries, MaxBytes);
        using var stopped = new CancellationTokenSource();
        var worst = WatchAsync(store, stopped.Token);
        await Threads.RunAsync(ThreadCount, thread => Storm(store, new(thread)));
        await stopped.CancelAsync();
        var (entries, bytes) = await worst;
        Assert.That(entries, Is.InRange(1, MaxEntries));
        Assert.That(bytes, Is.InRange(1, MaxBytes));
        AssertCountsAreTrue(store);
    }

    [Test]
    public async Task Reader_never_sees_a_value_older_than_the_last_call_that_had_returned()
    {
        var store = new LocalStore<StampedEntry>(MaxEntries, long.MaxValue);
        var floors = new int[Keys]; // the least version that may still be found
        var failures = 0;
        var hits = 0L;
        await Threads.RunAsync(ThreadCount, thread =>
        {
            var random = new Random(thread);
            if (thread % 2 == 0)
            {
                WriteOwnKeys(store, floors, random, owner: thread / 2);
                return;
            }

            for (var i = 0; i < Calls; i++)
            {
                var key = random.Next(Keys);
                var floor = Volatile.Read(ref floors[key]);
                if (store.TryGet(Names[key], out var entry))
                {
                    Interlocked.Increment(ref hits);
                    Interlocked.Add(ref failures, entry.Key != key || entry.Version < floor ? 1 : 0);
                }
            }
        });
        Assert.That(failures, Is.Zero);
        Assert.That(hits, Is.GreaterThan(Calls / 10));
        AssertCountsAreTrue(store);
    }

    [Test]
    public async Task Instance_is_removed_once_however_many_try()
    {
        var store = new LocalStore<StampedEntry>(MaxEntries, long.MaxValue);
        var twice = 0;
        var removed = 0;
        await Threads.RunAsync(ThreadCount, thread =>
        {
            var random = new Random(thread);
            for (var i = 0; i < Calls; i++)
            {
                var key = random.Next(4);
                if (!store.TryGet(Names[key], out var seen))
                {
                    store.Set(Names[key], new(key, i, 10), 10);
                }
                else if (store.Remove(Names[key], seen))
                {
                    Interlocked.Increment(ref removed);
                    Interlocked.Add(ref twice, seen.CountRemoval() > 1 ? 1 : 0);
                }
            }
        });
        Assert.That(twice, Is.Zero);
        Assert.That(removed, Is.GreaterThan(Calls / 10));
        AssertCountsAreTrue(store);
    }

    [Test]
    public async Task Entry_that_others_make_room_for_while_it_grows_is_found_all_the_time()
    {
        var store = new LocalStore<StampedEntry>(MaxEntries, MaxBytes);
        store.Set(Names[0], new(0, 0, 0), 0);
        var misses = 0;
        await Threads.RunAsync(2, thread =>
        {
            for (var i = 1; i < Calls; i++)
            {
                if (thread == 1)
                {
                    misses += store.TryGet(Names[0], out _) ? 0 : 1;
                    continue;
                }

                store.Set(Names[0], new(0, i, 0), 0);
                store.Set(Names[1], new(1, i, MaxBytes / 2), MaxBytes / 2);
                store.Set(Names[0], new(0, i, MaxBytes / 2), MaxBytes / 2);
            }
        });
        Assert.That(store.Evictions, Is.EqualTo(Calls - 1), "the other entry leaves each time");
        Assert.That(misses, Is.Zero);
        AssertCountsAreTrue(store);
    }

    private static void Storm(LocalStore<StampedEntry> store, Random random)
    {
        for (var i = 0; i < Calls; i++)
        {
            var key = random.Next(Keys);
            switch (random.Next(10))
            {
                case < 5:
                    var size = random.Next(100) == 0 ? random.Next(MaxBytes * 2) : random.Next(500);
                    store.Set(Names[key], new(key, i, size), size);
                    break;
                case < 7:
                    store.Remove(Names[key]);
                    break;
                case < 8 when store.TryGet(Names[key], out var seen):
                    store.Remove(Names[key], seen);
                    break;
                default:
                    store.TryGet(Names[key].AsSpan(), out _);
                    break;
            }
        }
    }

    private static void WriteOwnKeys(LocalStore<StampedEntry> store, int[] floors, Random random, int owner)
    {
        const int Owners = ThreadCount / 2;
        for (var i = 1; i <= Calls; i++)
        {
            var key = (random.Next(Keys / Owners) * Owners) + owner;
            if (random.Next(4) == 0)
            {
                store.Remove(Names[key]);
                Volatile.Write(ref floors[key], i + 1);
            }
            else
            {
                store.Set(Names[key], new(key, i, 10), 10);
                Volatile.Write(ref floors[key], i);
            }
        }
    }

    private static Task<(int Entries, long Bytes)> WatchAsync(LocalStore<StampedEntry> store, CancellationToken stopped)
    {
        var (entries, bytes) = (0, 0L);
        return Threads.OnItsOwn(() =>
        {
            while (!stopped.IsCancellationRequested)
            {
                entries = Math.Max(entries, store.Count);
                bytes = Math.Max(bytes, store.Bytes);
            }
        }).ContinueWith(_ => (entries, bytes), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private static void AssertCountsAreTrue(LocalStore<StampedEntry> store)
    {
        var weights = Names.Where(name => store.TryGet(name, out _)).Select(name => WeightIn(store, name)).ToList();
        Assert.That(store.Count, Is.EqualTo(weights.Count));
        Assert.That(store.Bytes, Is.EqualTo(weights.Sum()));
    }

    private static long WeightIn(LocalStore<StampedEntry> store, string name)
    {
        store.TryGet(name, out var entry);
        return EntryWeight.Of(name, entry!.Size);
    }
}
