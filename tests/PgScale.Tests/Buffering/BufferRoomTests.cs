using PgScale.Buffering;

namespace PgScale.Tests.Buffering;

/// <summary>Who gets room in a full buffer, and what cannot pass its bounds.</summary>
public sealed class BufferRoomTests
{
    [Test]
    public async Task Callers_who_wait_do_not_keep_waking_each_other_while_there_is_no_room()
    {
        var sized = 0;
        await using var paper = new PaperBuffer(options => (options.MaxItems, options.MaxConnections) = (1, 1), item => Interlocked.Increment(ref sized) > 0 ? item : 0).Start();
        var first = paper.Lane.Hold();
        paper.Enqueue(8);
        var waiting = Enumerable.Range(0, 50).Select(_ => paper.Buffer.EnqueueAsync(8).AsTask()).ToList();
        await Eventually.HoldsAsync(() => paper.Lane.Batches.Count == 1);
        var second = paper.Lane.Hold();
        first.SetResult();
        await Eventually.HoldsAsync(() => paper.Lane.Batches.Count == 2);
        var before = Volatile.Read(ref sized);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(static () => { }))); // whoever was woken had the threads for it
        await Task.Yield();
        var spent = TimeProvider.System.GetTimestamp();
        await Eventually.HoldsAsync(() => TimeProvider.System.GetElapsedTime(spent) > TimeSpan.FromMilliseconds(100));
        Assert.That(Volatile.Read(ref sized) - before, Is.LessThan(500), "attempts to get in while nothing went out");
        second.SetResult();
        await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Test]
    public async Task Caller_who_waits_keeps_the_place_although_others_wait_too()
    {
        await using var paper = new PaperBuffer(options => (options.MaxBytes, options.MaxWaiters, options.MaxConnections) = (1_024, 2, 1), item => item).Start();
        var first = paper.Lane.Hold();
        paper.Enqueue(100, 900);
        var large = paper.Buffer.EnqueueAsync(1_000).AsTask();
        var small = paper.Buffer.EnqueueAsync(10).AsTask();
        await Eventually.HoldsAsync(() => paper.Lane.Batches.Count == 1);
        first.SetResult();
        await Task.WhenAll(large, small).WaitAsync(TimeSpan.FromSeconds(5));
        await paper.Buffer.FlushAsync();
        Assert.That(paper.Lane.Written, Is.EquivalentTo(new[] { 100L, 900, 1_000, 10 }));
    }

    [Test]
    public async Task Item_that_is_refused_because_all_room_is_under_way_is_counted_though_the_oldest_go()
    {
        await using var paper = new PaperBuffer(options => (options.MaxItems, options.WhenFull) = (2, FullPolicy.DropOldest)).Start();
        var held = paper.Lane.Hold();
        paper.Enqueue(1, 2);
        await Eventually.HoldsAsync(() => paper.Lane.Batches.Sum() == 2);
        Assert.That(paper.Buffer.TryEnqueue(3), Is.False);
        Assert.That(paper.Log.Count(4004), Is.EqualTo(1));
        held.SetResult();
    }

    [TestCase(-1)]
    [TestCase(long.MinValue)]
    [TestCase(long.MaxValue)]
    public async Task Size_that_cannot_be_is_refused_and_breaks_nothing(long size)
    {
        await using var paper = new PaperBuffer(options => options.MaxItems = 10, item => item == 0 ? size : 8).Start();
        paper.Enqueue(1);
        Assert.That(paper.Buffer.TryEnqueue(0), Is.False);
        paper.Enqueue(2, 3);
        await paper.Buffer.FlushAsync();
        Assert.That(paper.Lane.Written, Is.EqualTo(new[] { 1L, 2, 3 }));
    }

    [Test]
    public async Task Size_that_changes_while_an_item_is_held_does_not_shift_the_bounds()
    {
        var size = 100L;
        await using var paper = new PaperBuffer(options => (options.MaxBytes, options.WhenFull) = (1_024, FullPolicy.DropOldest), _ => size);
        paper.Enqueue(Enumerable.Range(1, 10).Select(number => (long)number));
        size = 10;
        paper.Enqueue(Enumerable.Range(11, 500).Select(number => (long)number));
        paper.Start();
        await paper.Buffer.FlushAsync();
        Assert.That((((ILazyWriteBuffer)paper.Buffer).Source.Depth.Items, ((ILazyWriteBuffer)paper.Buffer).Source.Depth.Bytes), Is.EqualTo((0, 0L)));
    }

    [Test]
    public async Task Flushes_that_wait_for_a_database_that_is_down_take_no_memory_per_call()
    {
        await using var paper = new PaperBuffer(options => options.MaxConnections = 1).Start();
        var held = paper.Lane.Hold();
        paper.Enqueue(0);
        List<Task> flushes = [paper.Buffer.FlushAsync()];
        await Eventually.HoldsAsync(() => paper.Lane.Batches.Count == 1);
        var before = GC.GetTotalAllocatedBytes();
        for (var number = 1; number <= 3_000; number++)
        {
            paper.Enqueue(number);
            flushes.Add(paper.Buffer.FlushAsync());
        }

        Assert.That(GC.GetTotalAllocatedBytes() - before, Is.LessThan(15_000_000), "a segment for each flush would be 27 MB");
        held.SetResult();
        await Task.WhenAll(flushes).WaitAsync(TimeSpan.FromSeconds(5));
        Assert.That(paper.Lane.Written, Is.EqualTo(Enumerable.Range(0, 3_001)));
    }
}
