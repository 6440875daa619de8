using System.Globalization;
using PgScale.Buffering.Spool;
using PgScale.IntegrationTests.Testing;

namespace PgScale.IntegrationTests.Buffering.Spool;

/// <summary>Real processes killed at random moments: 20, or as many as PGSCALE_SPOOL_KILLS says.</summary>
public sealed class KillTests
{
    private const int LongestLife = 40; // milliseconds, a good thousand records
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("PGSCALE_SPOOL_KILLS") ?? "20", CultureInfo.InvariantCulture);
    private static readonly string[] Intervals = ["0", "5", "-1"];

    [Test]
    public async Task No_moment_of_a_kill_loses_an_acknowledged_record_or_brings_back_a_released_one()
    {
        var folder = Directory.CreateTempSubdirectory("pgscale-kill-");
        try
        {
            var next = await StartAsync(folder);
            var first = 0L;
            for (var kill = 0; kill < Kills; kill++)
            {
                using var writer = next;
                await writer.WriteLineAsync(Intervals[kill % Intervals.Length]);
                next = await StartAsync(folder); // gets ready while this one writes
                await LiveAsync(writer, kill);
                await writer.KillAsync();
                first = Math.Max(first, await CheckAsync(folder, kill, first));
            }

            next.Dispose();
            await TestContext.Out.WriteLineAsync($"{Kills} kills, {first} records.");
            Assert.That(first, Is.GreaterThan(10 * Kills), "The processes hardly wrote anything before they were killed.");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<ChildProcess> StartAsync(DirectoryInfo folder)
    {
        var writer = ChildProcess.Start("write-spool", SpoolIn(folder), AcknowledgementsIn(folder));
        await writer.ReadLineAsync();
        return writer;
    }

    // Every fourth is killed while it opens the spool.
    private static async Task LiveAsync(ChildProcess writer, int kill)
    {
        if (kill % 4 != 3)
        {
            await writer.ReadLineAsync();
        }

        await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * LongestLife), TimeProvider.System);
    }

    /// <summary>Looks at a copy, so that the next process finds what the kill left; returns the last record.</summary>
    private static async Task<long> CheckAsync(DirectoryInfo folder, int kill, long lastBefore)
    {
        using Acknowledgements acknowledged = new(AcknowledgementsIn(folder));
        var copy = folder.CreateSubdirectory("copy");
        foreach (var file in Directory.GetFiles(SpoolIn(folder), "*.spool"))
        {
            File.Copy(file, Path.Combine(copy.FullName, Path.GetFileName(file)));
        }

        await using (var spool = await SpoolLog.OpenAsync(SpoolWriter.Settings(copy.FullName)))
        {
            var records = await ReadAsync(spool);
            var what = $"after kill {kill}";
            Assert.That(spool.LastSequence, Is.GreaterThanOrEqualTo(Math.Max(acknowledged.Appended, lastBefore)), $"A record is lost {what}.");
            Assert.That(spool.FirstSequence, Is.InRange(acknowledged.ReleaseDone + 1, acknowledged.ReleaseBegun + 1), $"Released is wrong {what}.");
            Assert.That(
                records.Select(record => record.Sequence), Is.EqualTo(Numbers(spool.FirstSequence, spool.LastSequence)), $"Not in a row {what}.");
            Assert.That(records.TrueForAll(record => SpoolWriter.IsSound(record.Payload)), Is.True, $"A record has changed {what}.");
            lastBefore = spool.LastSequence;
        }

        copy.Delete(recursive: true);
        return lastBefore;
    }

    private static async Task<List<SpoolRecord>> ReadAsync(SpoolLog spool)
    {
        List<SpoolRecord> records = [];
        await foreach (var record in spool.ReadAsync(0))
        {
            records.Add(record);
        }

        return records;
    }

    private static IEnumerable<long> Numbers(long first, long last)
    {
        for (var number = first; number <= last; number++)
        {
            yield return number;
        }
    }

    private static string SpoolIn(DirectoryInfo folder) => Path.Combine(folder.FullName, "spool");

    private static string AcknowledgementsIn(DirectoryInfo folder) => Path.Combine(folder.FullName, "acknowledged");
}
