using FsCheck;
using FsCheck.Fluent;
using PgScale.Buffering.Spool;

namespace PgScale.Tests.Buffering.Spool;

/// <summary>Whatever is done to a spool in whatever order: it holds what a list would.</summary>
public sealed class SpoolModelTests
{
    private static readonly Arbitrary<int[]> Steps = Gen.Choose(0, 99).ArrayOf().Resize(120).ToArbitrary();

    [Test]
    public void Spool_holds_what_a_list_would() => Prop.ForAll(Steps, RunAsync).QuickCheckThrowOnFailure();

    private static async Task RunAsync(int[] steps)
    {
        using SpoolFolder folder = new();
        var settings = folder.Settings;
        var spool = await SpoolLog.OpenAsync(settings);
        List<(long Sequence, byte[] Payload)> model = [];
        var random = new Random(steps.Length);
        foreach (var step in steps)
        {
            switch (step)
            {
                case < 60:
                    var payload = new byte[random.Next(step < 50 ? 300 : 8000)];
                    random.NextBytes(payload);
                    var result = spool.TryAppend(payload, out var sequence);
                    Assert.That(result, Is.EqualTo(SpoolAppend.Appended));
                    model.Add((sequence, payload));
                    break;
                case < 80 when model.Count > 0:
                    var upTo = random.Next(model.Count);
                    spool.Release(model[upTo].Sequence);
                    model.RemoveRange(0, upTo + 1);
                    break;
                case < 90:
                    await spool.DisposeAsync();
                    spool = await SpoolLog.OpenAsync(settings);
                    break;
                default:
                    // A kill; every other time one of the whole machine, with all pages on the disk.
                    var crashed = folder.Crash(settings.Directory) with { BootId = step % 2 == 0 ? settings.BootId : Guid.NewGuid() };
                    await spool.DisposeAsync();
                    settings = crashed;
                    spool = await SpoolLog.OpenAsync(settings);
                    break;
            }
        }

        List<SpoolRecord> records = [];
        await foreach (var record in spool.ReadAsync(0))
        {
            records.Add(record);
        }

        Assert.That(records.Select(record => record.Sequence), Is.EqualTo(model.Select(record => record.Sequence)));
        Assert.That(records.Select(record => record.Payload), Is.EqualTo(model.Select(record => record.Payload)));
        await spool.DisposeAsync();
    }
}
