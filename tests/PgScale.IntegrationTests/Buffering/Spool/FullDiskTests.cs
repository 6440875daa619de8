using PgScale.Buffering.Spool;

namespace PgScale.IntegrationTests.Buffering.Spool;

public sealed class FullDiskTests
{
    private static readonly byte[] Record = new byte[1000];

    [Test]
    public async Task Full_disk_turns_records_away_and_loses_none_and_appending_works_again_with_room()
    {
        await using var disk = await SmallDisk.MountAsync(kilobytes: 512);
        var directory = Path.Combine(disk.Path, "spool");
        long kept;
        await using (var spool = await OpenAsync(directory))
        {
            Fill(spool);
            kept = spool.LastSequence;
            await spool.WaitForDurableAsync(kept);
            spool.Release(kept / 2);

            await AppendAsync(spool);
            Assert.That(spool.LastSequence, Is.EqualTo(kept + 1));
        }

        await using var reopened = await OpenAsync(directory);
        Assert.That((reopened.FirstSequence, reopened.LastSequence), Is.EqualTo((kept / 2 + 1, kept + 1)));
        Assert.That(await CountAsync(reopened), Is.EqualTo(reopened.LastSequence - reopened.FirstSequence + 1));
    }

    [Test]
    public async Task Room_that_others_make_on_a_full_disk_is_noticed()
    {
        await using var disk = await SmallDisk.MountAsync(kilobytes: 512);
        var others = Path.Combine(disk.Path, "others");
        await File.WriteAllBytesAsync(others, new byte[200 << 10]);
        await using var spool = await OpenAsync(Path.Combine(disk.Path, "spool"));
        Fill(spool);

        File.Delete(others);

        await AppendAsync(spool);
    }

    [Test]
    public async Task Spool_opens_on_a_disk_that_is_full()
    {
        await using var disk = await SmallDisk.MountAsync(kilobytes: 512);
        var directory = Path.Combine(disk.Path, "spool");
        long kept;
        await using (var spool = await OpenAsync(directory))
        {
            Fill(spool);
            kept = spool.LastSequence;
        }

        FillUp(disk.Path);

        await using var reopened = await OpenAsync(directory);
        Assert.That(await CountAsync(reopened), Is.EqualTo(kept));
    }

    private static Task<SpoolLog> OpenAsync(string directory) => SpoolLog.OpenAsync(new()
    {
        Directory = directory,
        SegmentBytes = 32 << 10,
        MaxBytes = 64 << 20,
        FsyncInterval = TimeSpan.FromMilliseconds(1),
    });

    private static void Fill(SpoolLog spool)
    {
        SpoolAppend result;
        while ((result = spool.TryAppend(Record, out _)) == SpoolAppend.Appended)
        {
        }

        Assert.That(result, Is.EqualTo(SpoolAppend.DiskFull));
        Assert.That(spool.LastSequence, Is.GreaterThan(200));
    }

    private static void FillUp(string path)
    {
        using FileStream file = new(Path.Combine(path, "more"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                file.Write(Record);
            }
        }
        catch (IOException)
        {
            // That was the last byte.
        }
    }

    private static async Task AppendAsync(SpoolLog spool)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while (spool.TryAppend(Record, out _) != SpoolAppend.Appended)
        {
            Assert.That(TimeProvider.System.GetElapsedTime(startedAt), Is.LessThan(TimeSpan.FromSeconds(10)), "It takes no record although there is room.");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    private static async Task<long> CountAsync(SpoolLog spool)
    {
        var count = 0L;
        await foreach (var _ in spool.ReadAsync(0))
        {
            count++;
        }

        return count;
    }
}
