using PgScale.Buffering.Spool;

namespace PgScale.Tests.Buffering.Spool;

public sealed class SpoolDurabilityTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly ManualTimeProvider _time = new();
    private SpoolFolder _folder = null!;
    private int _flushes;
    private bool _diskFails;

    [SetUp]
    public void SetUp() => (_folder, _flushes, _diskFails) = (new(), 0, false);

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task All_who_wait_share_one_flush()
    {
        await using var spool = await OpenAsync(Interval);
        var flushesBefore = _flushes;
        SpoolFolder.Append(spool, Enumerable.Range(1, 50).Select(number => $"{number}"));
        var waits = Enumerable.Range(1, 50).Select(sequence => spool.WaitForDurableAsync(sequence).AsTask()).ToList();
        await Eventually.HoldsAsync(() => _time.Waiting.Count == 1);
        Assert.That(waits, Has.None.Property(nameof(Task.IsCompleted)).True);

        _time.Advance(Interval);
        await Task.WhenAll(waits);

        Assert.That(_flushes - flushesBefore, Is.EqualTo(1));
    }

    [Test]
    public async Task Idle_spool_sets_no_timer()
    {
        await using var spool = await OpenAsync(Interval);
        SpoolFolder.Append(spool, "one");
        await Eventually.HoldsAsync(() => _time.Waiting.Count == 1);
        _time.Advance(Interval);
        await spool.WaitForDurableAsync(1);

        Assert.That(_time.Waiting, Is.Empty);
    }

    [Test]
    public async Task Without_an_interval_a_record_is_flushed_at_once()
    {
        await using var spool = await OpenAsync(TimeSpan.Zero);
        var flushesBefore = _flushes;
        SpoolFolder.Append(spool, "one");

        await spool.WaitForDurableAsync(1);

        Assert.That(_flushes, Is.GreaterThan(flushesBefore));
    }

    [Test]
    public async Task Where_nothing_is_flushed_nobody_waits()
    {
        await using var spool = await OpenAsync(Timeout.InfiniteTimeSpan);
        var flushesBefore = _flushes;
        SpoolFolder.Append(spool, "one");

        Assert.That(spool.WaitForDurableAsync(1).AsTask().IsCompletedSuccessfully, Is.True);
        Assert.That(_flushes, Is.EqualTo(flushesBefore));
    }

    [Test]
    public async Task Waiting_ends_with_its_token()
    {
        await using var spool = await OpenAsync(Interval);
        SpoolFolder.Append(spool, "one");
        using CancellationTokenSource stop = new();
        var wait = spool.WaitForDurableAsync(1, stop.Token).AsTask();

        await stop.CancelAsync();

        Assert.That(() => wait, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Closing_makes_durable_whatever_waits()
    {
        var spool = await OpenAsync(Interval);
        SpoolFolder.Append(spool, "one");
        var wait = spool.WaitForDurableAsync(1).AsTask();

        await spool.DisposeAsync();

        Assert.That(() => wait, Throws.Nothing);
    }

    [Test]
    public async Task Failing_disk_is_final_for_those_who_wait_and_for_those_who_append()
    {
        await using var spool = await OpenAsync(TimeSpan.Zero);
        _diskFails = true;
        SpoolFolder.Append(spool, "one");

        var failure = Assert.ThrowsAsync<SpoolException>(() => spool.WaitForDurableAsync(1).AsTask())!;
        _diskFails = false;

        Assert.That(failure.Problem, Is.EqualTo(SpoolProblem.DiskFailed));
        Assert.That(failure.Message, Does.Contain(_folder.Path).And.Contain("no such luck"));
        Assert.That(spool.TryAppend([1], out _), Is.EqualTo(SpoolAppend.Failed));
        Assert.ThrowsAsync<SpoolException>(() => spool.WaitForDurableAsync(1).AsTask());
        Assert.That(_folder.Log.Count(4906), Is.EqualTo(1));
    }

    private Task<SpoolLog> OpenAsync(TimeSpan interval) => _folder.OpenAsync(settings => settings with
    {
        FsyncInterval = interval,
        Time = _time,
        Flush = (file, end) =>
        {
            Interlocked.Increment(ref _flushes);
            if (_diskFails)
            {
                throw new IOException("no such luck");
            }

            file.Flush(end);
        },
    });
}
