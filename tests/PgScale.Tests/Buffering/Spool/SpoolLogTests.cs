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
            Append(spool, "one", "", "three");
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
        Append(spool, records);

        await using var recovered = await SpoolLog.OpenAsync(_folder.Crash());

        Assert.That(SpoolFolder.Segments(_folder.Path), Has.Count.GreaterThan(10));
        Assert.That(await SpoolFolder.ReadAsync(recovered), Is.EqualTo(records));
        Assert.That(recovered.Id, Is.EqualTo(spool.Id));
    }

    [Test]
    public async Task Released_records_are_not_replayed_after_a_kill()
    {
        await using var spool = await _folder.OpenAsync();
        Append(spool, "one", "two", "three");
        spool.Release(2);

        await using var recovered = await SpoolLog.OpenAsync(_folder.Crash());

        Assert.That(await SpoolFolder.ReadAsync(recovered), Is.EqualTo(new[] { "three" }));
        Assert.That(recovered.FirstSequence, Is.EqualTo(3));
    }

    private static void Append(SpoolLog spool, params string[] records)
    {
        foreach (var record in records)
        {
            Assert.That(spool.TryAppend(SpoolFolder.Bytes(record), out _), Is.EqualTo(SpoolAppend.Appended));
        }
    }
}
