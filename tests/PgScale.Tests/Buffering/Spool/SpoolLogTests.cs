using PgScale.Buffering.Spool;

namespace PgScale.Tests.Buffering.Spool;

public sealed class SpoolLogTests
{
    private SpoolFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task Records_are_read_in_order_after_a_restart()
    {
        await using (var spool = await _folder.OpenAsync())
        {
            SpoolFolder.Append(spool, "one", "", "three");
        }

        await using var reopened = await _folder.OpenAsync();

        Assert.That(await SpoolFolder.ReadAsync(reopened), Is.EqualTo(new[] { "one", "", "three" }));
        Assert.That((reopened.FirstSequence, reopened.LastSequence), Is.EqualTo((1, 3)));
    }

    [Test]
    public async Task Records_over_many_segments_are_read_in_order_after_a_kill()
    {
        await using var spool = await _folder.OpenAsync();
        var records = Enumerable.Range(1, 1000).Select(number => $"record {number} {new string('x', number % 300)}").ToArray();
        SpoolFolder.Append(spool, records);

        await using var recovered = await SpoolLog.OpenAsync(_folder.Crash());

        Assert.That(SpoolFolder.Segments(_folder.Path), Has.Count.GreaterThan(10));
        Assert.That(await SpoolFolder.ReadAsync(recovered), Is.EqualTo(records));
        Assert.That(recovered.Id, Is.EqualTo(spool.Id));
    }

    [Test]
    public async Task Released_records_are_not_replayed_after_a_kill()
    {
        await using var spool = await _folder.OpenAsync();
        SpoolFolder.Append(spool, "one", "two", "three");
        spool.Release(2);

        await using var recovered = await SpoolLog.OpenAsync(_folder.Crash());

        Assert.That(await SpoolFolder.ReadAsync(recovered), Is.EqualTo(new[] { "three" }));
        Assert.That(recovered.FirstSequence, Is.EqualTo(3));
    }

    [Test]
    public async Task Numbers_go_on_after_a_restart()
    {
        await using (var spool = await _folder.OpenAsync())
        {
            SpoolFolder.Append(spool, "one", "two");
            spool.Release(2);
        }

        await using var reopened = await _folder.OpenAsync();
        reopened.TryAppend(SpoolFolder.Bytes("three"), out var sequence);

        Assert.That(sequence, Is.EqualTo(3));
        Assert.That(await SpoolFolder.ReadAsync(reopened), Is.EqualTo(new[] { "three" }));
    }

    [Test]
    public async Task Reading_starts_after_the_number_given_and_ends_at_the_last_record_of_that_moment()
    {
        await using var spool = await _folder.OpenAsync();
        SpoolFolder.Append(spool, "one", "two", "three");
        List<long> sequences = [];

        await foreach (var record in spool.ReadAsync(1))
        {
            sequences.Add(record.Sequence);
            SpoolFolder.Append(spool, "later");
        }

        Assert.That(sequences, Is.EqualTo(new long[] { 2, 3 }));
    }

    [Test]
    public async Task Reading_goes_on_with_what_is_left_when_records_are_released_meanwhile()
    {
        await using var spool = await _folder.OpenAsync();
        SpoolFolder.Append(spool, Enumerable.Range(1, 400).Select(number => new string('x', 1000)));
        List<long> sequences = [];

        await foreach (var record in spool.ReadAsync(0))
        {
            sequences.Add(record.Sequence);
            spool.Release(300);
        }

        Assert.That(sequences, Is.Ordered.And.Unique);
        Assert.That(sequences.TakeLast(100), Is.EqualTo(Enumerable.Range(301, 100)));
    }

    [Test]
    public async Task New_directory_gets_a_new_identity()
    {
        await using var spool = await _folder.OpenAsync();
        await using var other = await _folder.OpenAsync(settings => settings with { Directory = settings.Directory + "2" });

        Assert.That(other.Id, Is.Not.EqualTo(spool.Id));
    }

    [Test]
    public async Task Second_opener_is_told_the_directory_and_who_has_it()
    {
        await using var spool = await _folder.OpenAsync();

        var refusal = Assert.ThrowsAsync<SpoolException>(() => _folder.OpenAsync())!;

        Assert.That(refusal.Problem, Is.EqualTo(SpoolProblem.InUse));
        Assert.That(refusal.Message, Does.Contain(_folder.Path).And.Contain($"process {Environment.ProcessId} "));
    }

    [Test]
    public async Task Full_spool_takes_records_again_after_a_release()
    {
        await using var spool = await _folder.OpenAsync(settings => settings with { MaxBytes = 2 * settings.SegmentBytes });
        var record = new byte[1000];
        SpoolAppend result;
        while ((result = spool.TryAppend(record, out _)) == SpoolAppend.Appended)
        {
        }

        Assert.That(result, Is.EqualTo(SpoolAppend.Full));
        Assert.That(spool.Bytes, Is.EqualTo(2 * SpoolSettings.LeastSegmentBytes));
        spool.Release(spool.LastSequence);
        await Eventually.HoldsAsync(() => spool.TryAppend(record, out _) == SpoolAppend.Appended);
    }

    [Test]
    public async Task Longest_record_fits_and_a_longer_one_is_refused()
    {
        await using var spool = await _folder.OpenAsync();

        Assert.That(spool.TryAppend(new byte[spool.MaxRecordBytes], out _), Is.EqualTo(SpoolAppend.Appended));
        Assert.That(spool.TryAppend(new byte[spool.MaxRecordBytes + 1], out var sequence), Is.EqualTo(SpoolAppend.TooLarge));
        Assert.That(sequence, Is.Zero);
        Assert.That((await SpoolFolder.ReadAsync(spool))[0], Has.Length.EqualTo(spool.MaxRecordBytes));
    }

    [Test]
    public async Task Released_segments_are_deleted_but_for_one_that_is_used_again()
    {
        await using var spool = await _folder.OpenAsync(settings => settings with { FsyncInterval = Timeout.InfiniteTimeSpan });
        SpoolFolder.Append(spool, Enumerable.Repeat(new string('x', 1000), 200));
        var before = spool.Bytes;

        spool.Release(spool.LastSequence);

        Assert.That(before, Is.GreaterThan(10 * SpoolSettings.LeastSegmentBytes));
        Assert.That(SpoolFolder.Segments(_folder.Path), Has.Count.EqualTo(1));
        await Eventually.HoldsAsync(() => spool.Bytes == 2 * SpoolSettings.LeastSegmentBytes); // one may be in the making
    }

    [Test]
    public async Task Records_of_several_threads_are_all_there_each_in_the_order_of_its_thread()
    {
        await using var spool = await _folder.OpenAsync(settings => settings with { SegmentBytes = 64 << 10, MaxBytes = 8 << 20 });

        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
            SpoolFolder.Append(spool, Enumerable.Range(0, 2000).Select(number => $"{thread} {number:0000}")))));

        var records = await SpoolFolder.ReadAsync(spool);
        Assert.That(records, Has.Count.EqualTo(8000).And.Unique);
        Assert.That(records.GroupBy(record => record[0]), Has.All.Ordered);
    }

    [Test]
    public async Task Appending_allocates_nothing()
    {
        await using var spool = await _folder.OpenAsync(settings => settings with { SegmentBytes = 1 << 20, MaxBytes = 4 << 20, FsyncInterval = Timeout.InfiniteTimeSpan });
        var record = new byte[100];
        spool.TryAppend(record, out _);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var count = 0; count < 1000; count++)
        {
            spool.TryAppend(record, out _);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public async Task Files_are_for_their_owner_only()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows has no file modes.");
            return;
        }

        await using var spool = await _folder.OpenAsync();

        Assert.That(File.GetUnixFileMode(_folder.Path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        Assert.That(Directory.GetFiles(_folder.Path).Select(File.GetUnixFileMode), Has.All.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [TestCase(8, nameof(SpoolSettings.SegmentBytes))]
    [TestCase((16 << 10) + 4, nameof(SpoolSettings.SegmentBytes))]
    [TestCase(1 << 20, nameof(SpoolSettings.MaxBytes))]
    public void Wrong_setting_is_named(int segmentBytes, string name)
    {
        var refusal = Assert.ThrowsAsync<ArgumentException>(() => _folder.OpenAsync(settings => settings with { SegmentBytes = segmentBytes, MaxBytes = 1 << 20 }))!;

        Assert.That(refusal.Message, Does.Contain(name).And.Contain("must be"));
    }
}
