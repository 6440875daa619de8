using Microsoft.Extensions.Diagnostics.HealthChecks;
using PgScale.Buffering;
using PgScale.Buffering.Holding;
using PgScale.Buffering.Spool;
using PgScale.Tests.Buffering.Spool;

namespace PgScale.Tests.Buffering;

/// <summary>What is on disk is what is held, and a disk that fails or is full is said so.</summary>
public sealed class DurableStoreTests
{
    private SpoolFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task Merged_item_whose_selector_throws_is_not_on_disk_either()
    {
        var store = Durable(Counters(item => item == 13 ? throw new InvalidOperationException("unlucky") : item));
        await store.OpenAsync(default);
        store.Recover(0);
        Assert.That(store.TryAdd(1), Is.EqualTo(AddOutcome.Added));
        Assert.That(() => store.TryAdd(13), Throws.InvalidOperationException);
        Assert.That(store.TryAdd(2), Is.EqualTo(AddOutcome.Added));
        await store.ReleaseFilesAsync();

        await using var spool = await _folder.OpenAsync();
        Assert.That(spool.LastSequence, Is.EqualTo(2));
    }

    [Test]
    public async Task Item_of_an_earlier_life_whose_selector_throws_is_said_to_be_lost_and_keeps_none_back()
    {
        await using (var spool = await _folder.OpenAsync())
        {
            foreach (var number in new[] { 1L, 13, 2 })
            {
                spool.TryAppend(BitConverter.GetBytes(number), out _);
            }
        }

        List<Exception> refused = [];
        var store = Durable(Counters(item => item == 13 ? throw new InvalidOperationException("unlucky") : item));
        store.Refused = refused.Add;
        await store.OpenAsync(default);
        store.Recover(0);
        Assert.That((store.Depth.Items, refused.Count), Is.EqualTo((2, 1)));
        await store.ReleaseFilesAsync();
    }

    [Test]
    public async Task Spool_whose_items_cannot_be_read_is_let_go_of_and_can_be_opened_again()
    {
        await using (var spool = await _folder.OpenAsync())
        {
            spool.TryAppend([1, 2, 3], out _);
        }

        var broken = true;
        DurableStore<long> store = new(Counters(item => item), _folder.Settings, PaperBuffer.Format with { Read = _ => broken ? throw new FormatException("what is this") : 7 }, 10);
        var refusal = Assert.ThrowsAsync<SpoolException>(() => store.OpenAsync(default))!;
        Assert.That(refusal.Problem, Is.EqualTo(SpoolProblem.Unreadable));
        Assert.That(refusal.Message, Does.Contain("Item 1").And.Contain(_folder.Path));
        broken = false;
        Assert.That(() => store.OpenAsync(default), Throws.Nothing);
        await store.ReleaseFilesAsync();
    }

    [Test]
    public async Task Disk_that_fails_degrades_the_health_and_is_told_to_those_who_enqueue()
    {
        var diskFails = false;
        var settings = _folder.Settings with { FsyncInterval = TimeSpan.Zero, Flush = (_, _) => _ = diskFails ? throw new IOException("no such luck") : 0 };
        await using var paper = new PaperBuffer(spool: settings);
        await paper.OpenAsync();
        paper.Start();
        diskFails = true;
        Assert.That(async () => await paper.Buffer.EnqueueAsync(1), Throws.InstanceOf<SpoolException>());
        Assert.That(async () => await paper.Buffer.EnqueueAsync(2), Throws.InstanceOf<SpoolException>().With.Property("Problem").EqualTo(SpoolProblem.DiskFailed));
        Assert.That(paper.Buffer.TryEnqueue(3), Is.False);
        var health = await new LazyWriteBufferHealthCheck([paper.Buffer], paper.Time).CheckHealthAsync(new());
        Assert.That(health.Status, Is.EqualTo(HealthStatus.Degraded));
        Assert.That(health.Description, Does.Contain("no such luck"));
    }

    [Test]
    public async Task Caller_who_waits_for_a_full_disk_is_let_in_when_it_has_room_although_nothing_is_held()
    {
        await using var paper = new PaperBuffer(spool: _folder.Settings with { FsyncInterval = Timeout.InfiniteTimeSpan });
        await paper.OpenAsync();
        paper.Start();
        var aside = _folder.Path + "-aside";
        Directory.Move(_folder.Path, aside); // no segment can be made now
        while (paper.Buffer.TryEnqueue(1))
        {
        }

        await paper.Buffer.FlushAsync();
        var waiting = paper.Buffer.EnqueueAsync(2).AsTask();
        Assert.That((paper.Buffer.Count, waiting.IsCompleted), Is.EqualTo((0, false)));
        Directory.Move(aside, _folder.Path);
        await Eventually.HoldsAsync(() =>
        {
            paper.Time.Advance(TimeSpan.FromMilliseconds(101));
            return waiting.IsCompleted;
        });
        Assert.That(await waiting, Is.True);
    }

    private DurableStore<long> Durable(ItemStore<long> store) => new(store, _folder.Settings, PaperBuffer.Format, 1_000);

    private static ItemStore<long> Counters(Func<long, long> select) => MergedItems.Store(to => to.Key("id", static item => item).Sum("sum", select));
}
