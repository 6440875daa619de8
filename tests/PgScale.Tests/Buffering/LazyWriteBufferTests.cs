using PgScale.Buffering;

namespace PgScale.Tests.Buffering;

/// <summary>When a buffer flushes, and what it does when it is full; no server.</summary>
public sealed class LazyWriteBufferTests
{
    [Test]
    public async Task First_item_starts_the_timer_and_all_are_flushed_when_it_ends()
    {
        await using var paper = new PaperBuffer(options => options.FlushInterval = TimeSpan.FromSeconds(10)).Start();
        paper.Enqueue(1, 2);
        await Eventually.HoldsAsync(() => paper.Time.Waiting.Count == 1);
        Assert.That(paper.Time.Waiting[0], Is.InRange(TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(10)), "jittered");
        paper.Enqueue(3);
        paper.Time.Advance(TimeSpan.FromSeconds(7));
        Assert.That(paper.Lane.Batches, Is.Empty);
        paper.Time.Advance(TimeSpan.FromSeconds(3));
        await Eventually.HoldsAsync(() => paper.Lane.Written.SequenceEqual([1, 2, 3]));
    }

    [Test]
    public async Task Timer_that_fires_a_little_early_is_set_again()
    {
        await using var paper = new PaperBuffer(options => options.FlushInterval = TimeSpan.FromSeconds(10)).Start();
        paper.Enqueue(1);
        await Eventually.HoldsAsync(() => paper.Time.Waiting.Count == 1);
        paper.Time.Advance(paper.Time.Waiting[0]);
        await Eventually.HoldsAsync(() => paper.Time.Waiting.Count == 1 || paper.Lane.Written.Count == 1, () => "nothing would ever look again");
        paper.Time.Advance(TimeSpan.FromMilliseconds(1));
        await Eventually.HoldsAsync(() => paper.Lane.Written.Count == 1);
    }

    [Test]
    public async Task Idle_buffer_has_no_timer()
    {
        await using var paper = new PaperBuffer().Start();
        paper.Enqueue(1);
        await paper.Buffer.FlushAsync();
        paper.Time.Advance(TimeSpan.FromMinutes(1));
        await Eventually.HoldsAsync(() => paper.Time.Waiting.Count == 0);
    }

    [Test]
    public async Task Batch_is_flushed_when_it_has_its_rows()
    {
        await using var paper = new PaperBuffer(options => options.BatchRows = 5).Start();
        paper.Enqueue(1, 2, 3, 4);
        paper.Enqueue(5);
        await Eventually.HoldsAsync(() => paper.Lane.Written.Count == 5);
    }

    [Test]
    public async Task Batch_is_flushed_when_it_has_its_bytes()
    {
        await using var paper = new PaperBuffer(options => options.BatchBytes = 1_024, _ => 400).Start();
        paper.Enqueue(1, 2, 3);
        await Eventually.HoldsAsync(() => paper.Lane.Written.SequenceEqual([1, 2])); // with the third it would be too large
    }

    [Test]
    public async Task Buffer_that_is_half_full_is_flushed()
    {
        await using var paper = new PaperBuffer(options => options.MaxItems = 10).Start();
        paper.Enqueue(Enumerable.Range(1, 10).Select(number => (long)number));
        await Eventually.HoldsAsync(() => paper.Lane.Written.Count == 10);
    }

    [Test]
    public async Task Second_batch_goes_beside_the_first_only_when_it_is_full()
    {
        await using var paper = new PaperBuffer(options => (options.BatchRows, options.MaxConnections) = (10, 2)).Start();
        var held = paper.Lane.Hold();
        paper.Enqueue(Enumerable.Range(1, 10).Select(number => (long)number));
        await Eventually.HoldsAsync(() => paper.Lane.Batches.Count == 1);
        paper.Enqueue(Enumerable.Range(1, 9).Select(number => (long)number));
        paper.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(paper.Lane.Batches, Has.Count.EqualTo(1), "nine are no batch");
        paper.Enqueue(10);
        await Eventually.HoldsAsync(() => paper.Lane.Batches.Count == 2);
        paper.Enqueue(Enumerable.Range(1, 30).Select(number => (long)number));
        Assert.That(paper.Lane.Batches, Has.Count.EqualTo(2), "never more than configured");
        held.SetResult();
        await paper.Buffer.FlushAsync();
        Assert.That(paper.Lane.Written, Has.Count.EqualTo(50));
    }

    [Test]
    public async Task Flush_covers_what_was_enqueued_before_it_and_nothing_later()
    {
        await using var paper = new PaperBuffer(options => options.MaxConnections = 1).Start();
        var first = paper.Lane.Hold();
        paper.Enqueue(1, 2);
        var flushing = paper.Buffer.FlushAsync();
        await Eventually.HoldsAsync(() => paper.Lane.Batches.Count == 1);
        var second = paper.Lane.Hold();
        paper.Enqueue(3);
        var later = paper.Buffer.FlushAsync();
        first.SetResult();
        Assert.That((await flushing).Rows, Is.EqualTo(2));
        Assert.That(later.IsCompleted, Is.False);
        second.SetResult();
        Assert.That((await later).Rows, Is.EqualTo(3), "it waited for the first one too");
    }

    [Test]
    public async Task Full_buffer_that_waits_says_no_at_once_and_lets_others_wait_for_room()
    {
        await using var paper = new PaperBuffer(options => options.MaxItems = 3).Start();
        var held = paper.Lane.Hold();
        paper.Enqueue(1, 2, 3);
        Assert.That(paper.Buffer.TryEnqueue(4), Is.False);
        var waiting = paper.Buffer.EnqueueAsync(5).AsTask();
        Assert.That(waiting.IsCompleted, Is.False);
        held.SetResult();
        Assert.That(await waiting, Is.True);
        await paper.Buffer.FlushAsync();
        Assert.That(paper.Lane.Written, Is.EqualTo(new[] { 1L, 2, 3, 5 }));
        Assert.That(paper.Log.Count(4004), Is.EqualTo(1));
    }

    [Test]
    public async Task Cancelled_wait_takes_nothing_and_wakes_the_next()
    {
        await using var paper = new PaperBuffer(options => options.MaxItems = 1).Start();
        var held = paper.Lane.Hold();
        paper.Enqueue(1);
        using var cancelled = new CancellationTokenSource();
        var first = paper.Buffer.EnqueueAsync(2, cancelled.Token).AsTask();
        var second = paper.Buffer.EnqueueAsync(3).AsTask();
        await cancelled.CancelAsync();
        Assert.That(async () => await first, Throws.InstanceOf<OperationCanceledException>());
        held.SetResult();
        await second;
        await paper.Buffer.FlushAsync();
        Assert.That(paper.Lane.Written, Is.EqualTo(new[] { 1L, 3 }));
    }

    [Test]
    public async Task Number_of_those_who_wait_is_bounded()
    {
        await using var paper = new PaperBuffer(options => (options.MaxItems, options.MaxWaiters) = (1, 1)).Start();
        var held = paper.Lane.Hold();
        paper.Enqueue(1);
        var waiting = paper.Buffer.EnqueueAsync(2).AsTask();
        Assert.That(async () => await paper.Buffer.EnqueueAsync(3), Throws.InstanceOf<BufferFullException>().With.Message.Contains("MaxWaiters"));
        held.SetResult();
        await waiting;
    }

    [Test]
    public async Task Full_buffer_that_rejects_throws_and_names_the_bounds()
    {
        await using var paper = new PaperBuffer(options => (options.MaxItems, options.WhenFull) = (1, FullPolicy.Reject));
        paper.Enqueue(1);
        Assert.That(paper.Buffer.TryEnqueue(2), Is.False);
        Assert.That(async () => await paper.Buffer.EnqueueAsync(2), Throws.InstanceOf<BufferFullException>().With.Message.Contains("1 items (MaxItems)"));
    }

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(2_500)]
    public async Task Full_buffer_that_drops_the_oldest_keeps_the_last_ones(int most)
    {
        await using var paper = new PaperBuffer(options => (options.MaxItems, options.WhenFull, options.BatchRows, options.MaxConnections) = (most, FullPolicy.DropOldest, 1_000, 1));
        paper.Enqueue(Enumerable.Range(1, 10_000).Select(number => (long)number));
        Assert.That(paper.Buffer.Count, Is.EqualTo(most));
        paper.Start();
        await paper.Buffer.FlushAsync();
        Assert.That(paper.Lane.Written, Is.EqualTo(Enumerable.Range(10_001 - most, most)));
    }

    [Test]
    public async Task Full_buffer_that_drops_the_newest_says_so_without_a_throw()
    {
        await using var paper = new PaperBuffer(options => (options.MaxItems, options.WhenFull) = (2, FullPolicy.DropNewest));
        paper.Enqueue(1, 2);
        Assert.That((paper.Buffer.TryEnqueue(3), await paper.Buffer.EnqueueAsync(4), paper.Buffer.Count), Is.EqualTo((false, false, 2)));
    }

    [Test]
    public async Task Bytes_are_bounded_as_items_are()
    {
        await using var paper = new PaperBuffer(options => (options.MaxBytes, options.WhenFull) = (1_024, FullPolicy.Reject), number => number);
        paper.Enqueue(1_000, 24);
        Assert.That(paper.Buffer.TryEnqueue(1), Is.False);
    }

    [Test]
    public async Task Item_larger_than_all_that_is_held_is_refused_and_not_waited_for()
    {
        await using var paper = new PaperBuffer(options => options.MaxBytes = 1_024, number => number).Start();
        Assert.That(async () => await paper.Buffer.EnqueueAsync(1_025), Throws.InstanceOf<BufferFullException>().With.Message.Contains("MaxBytes"));
    }

    [Test]
    public async Task Closed_buffer_takes_nothing()
    {
        var paper = new PaperBuffer().Start();
        paper.Enqueue(1);
        await paper.DisposeAsync();
        Assert.That((paper.Buffer.TryEnqueue(2), paper.Lane.Written.Count), Is.EqualTo((false, 1)));
        Assert.That(async () => await paper.Buffer.EnqueueAsync(3), Throws.InstanceOf<ObjectDisposedException>());
    }

    /// <summary>The law: what producers were told is held comes out once, in the order of each producer, whatever the bounds.</summary>
    [TestCase(7, 3)]
    [TestCase(1_000, 64)]
    [TestCase(100_000, 5_000)]
    public async Task Items_of_many_producers_come_out_once_and_in_order(int maxItems, int batchRows)
    {
        const int Producers = 8, Each = 20_000;
        await using var paper = new PaperBuffer(options => (options.MaxItems, options.BatchRows, options.MaxConnections) = (maxItems, batchRows, 1)).Start();
        await Task.WhenAll(Enumerable.Range(0, Producers).Select(producer => Task.Run(async () =>
        {
            for (var number = 0; number < Each; number++)
            {
                var item = ((long)producer << 32) + number;
                if (!paper.Buffer.TryEnqueue(item))
                {
                    await paper.Buffer.EnqueueAsync(item);
                }
            }
        })));
        await paper.Buffer.FlushAsync();
        var byProducer = paper.Lane.Written.GroupBy(item => item >> 32).ToList();
        Assert.That(byProducer, Has.Count.EqualTo(Producers));
        Assert.That(byProducer.TrueForAll(items => items.Select(item => (int)item).SequenceEqual(Enumerable.Range(0, Each))), Is.True);
    }
}
