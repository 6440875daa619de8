using System.Buffers.Binary;
using PgScale.Buffering.Spool;

namespace PgScale.Tests.Buffering.Spool;

public sealed class SpoolRecoveryTests
{
    private const int Start = SegmentHeader.Bytes;
    private static readonly int Stride = RecordFormat.Stride("record 1".Length);

    private SpoolFolder _folder = null!;

    private static IEnumerable<TestCaseData> Harms()
    {
        yield return new TestCaseData((Func<byte[], int, byte[]>)((bytes, position) => bytes[..position])).SetArgDisplayNames("cut off");
        yield return new TestCaseData((Func<byte[], int, byte[]>)ZeroFrom).SetArgDisplayNames("zeroed");
        yield return new TestCaseData((Func<byte[], int, byte[]>)Garble).SetArgDisplayNames("garbled");
    }

    [SetUp]
    public void SetUp() => _folder = new();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [TestCaseSource(nameof(Harms))]
    public async Task Torn_tail_is_cut_at_every_byte_of_the_last_record(Func<byte[], int, byte[]> harm)
    {
        await using var spool = await OpenUnflushedAsync("record 1", "record 2", "this is the last");
        var last = Start + 2 * Stride;
        var end = last + RecordFormat.HeaderBytes + "this is the last".Length;
        for (var position = last; position < end; position++)
        {
            var crash = _folder.Crash();
            SpoolFolder.Edit(SpoolFolder.Segments(crash.Directory)[0], bytes => harm(bytes, position));

            await using (var recovered = await SpoolLog.OpenAsync(crash))
            {
                Assert.That(await SpoolFolder.ReadAsync(recovered), Is.EqualTo(new[] { "record 1", "record 2" }), $"at {position}");
                SpoolFolder.Append(recovered, "3");
            }

            await using var again = await SpoolLog.OpenAsync(crash);
            Assert.That(await SpoolFolder.ReadAsync(again), Is.EqualTo(new[] { "record 1", "record 2", "3" }), $"at {position}");
            Assert.That(again.LastSequence, Is.EqualTo(3));
        }
    }

    [Test]
    public async Task Damage_before_other_records_is_refused_at_every_byte_and_nothing_is_changed()
    {
        await using var spool = await OpenUnflushedAsync("record 1", "record 2", "record 3", "record 4");
        for (var position = Start + Stride; position < Start + 2 * Stride; position++)
        {
            var crash = _folder.Crash();
            var file = SpoolFolder.Segments(crash.Directory)[0];
            SpoolFolder.Edit(file, bytes => Garble(bytes, position));
            var before = await File.ReadAllBytesAsync(file);

            var refusal = Assert.ThrowsAsync<SpoolException>(() => SpoolLog.OpenAsync(crash), $"at {position}")!;

            Assert.That((refusal.Problem, refusal.Path, refusal.Offset, refusal.LostRecords), Is.EqualTo((SpoolProblem.Damaged, file, Start + Stride, 1)));
            Assert.That(refusal.Message, Does.Contain("records 2 to 2").And.Contain("2 records follow").And.Contain("OnDamage"));
            Assert.That(await File.ReadAllBytesAsync(file), Is.EqualTo(before));
        }
    }

    [Test]
    public async Task Damage_that_is_set_aside_costs_the_damaged_record_only()
    {
        await using var spool = await OpenUnflushedAsync("record 1", "record 2", "record 3", "record 4");
        var crash = _folder.Crash() with { OnDamage = SpoolDamagePolicy.SetAside };
        var file = SpoolFolder.Segments(crash.Directory)[0];
        SpoolFolder.Edit(file, bytes => Garble(bytes, Start + Stride));
        var damaged = await File.ReadAllBytesAsync(file);

        await using (var mended = await SpoolLog.OpenAsync(crash))
        {
            Assert.That(await SpoolFolder.ReadAsync(mended), Is.EqualTo(new[] { "record 1", "record 3", "record 4" }));
            SpoolFolder.Append(mended, "record 5");
        }

        Assert.That(await File.ReadAllBytesAsync(file + ".damaged"), Is.EqualTo(damaged));
        Assert.That(_folder.Log.Last(4903), Does.Contain("records 2 to 2 are lost"));
        await using var again = await SpoolLog.OpenAsync(crash with { OnDamage = SpoolDamagePolicy.Refuse });
        Assert.That(await SpoolFolder.ReadAsync(again), Is.EqualTo(new[] { "record 1", "record 3", "record 4", "record 5" }));
    }

    [Test]
    public async Task Records_that_were_on_disk_and_are_gone_are_damage_even_at_the_end()
    {
        await using (var spool = await _folder.OpenAsync())
        {
            SpoolFolder.Append(spool, "record 1", "record 2", "record 3");
        }

        var crash = _folder.Crash();
        SpoolFolder.Edit(SpoolFolder.Segments(crash.Directory)[0], bytes => ZeroFrom(bytes, Start + Stride));

        var refusal = Assert.ThrowsAsync<SpoolException>(() => SpoolLog.OpenAsync(crash))!;
        Assert.That(refusal.Message, Does.Contain("records 2 to 3"));
        await using (var mended = await SpoolLog.OpenAsync(crash with { OnDamage = SpoolDamagePolicy.SetAside }))
        {
            Assert.That(await SpoolFolder.ReadAsync(mended), Is.EqualTo(new[] { "record 1" }));
        }

        await using var again = await SpoolLog.OpenAsync(crash);
        Assert.That(again.TryAppend([1], out var sequence), Is.EqualTo(SpoolAppend.Appended));
        Assert.That(sequence, Is.EqualTo(4));
    }

    [Test]
    public async Task Missing_segment_is_damage()
    {
        await using var spool = await OpenUnflushedAsync([.. Enumerable.Repeat(new string('x', 1000), 50)]);
        var crash = _folder.Crash();
        File.Delete(SpoolFolder.Segments(crash.Directory)[1]);

        Assert.That(() => SpoolLog.OpenAsync(crash), Throws.TypeOf<SpoolException>().With.Property("Problem").EqualTo(SpoolProblem.Damaged));
        await using var mended = await SpoolLog.OpenAsync(crash with { OnDamage = SpoolDamagePolicy.SetAside });
        Assert.That((await SpoolFolder.ReadAsync(mended)).Count, Is.InRange(30, 49));
        await mended.DisposeAsync();
        await using var again = await SpoolLog.OpenAsync(crash);
        Assert.That(again.LastSequence, Is.EqualTo(50));
    }

    [Test]
    public async Task Records_that_had_not_reached_the_disk_when_the_machine_stopped_are_left_out_and_counted()
    {
        await using var spool = await OpenUnflushedAsync("record 1", "record 2", "record 3");
        var crash = _folder.Crash() with { BootId = Guid.NewGuid() };
        SpoolFolder.Edit(SpoolFolder.Segments(crash.Directory)[0], bytes => Garble(bytes, Start + Stride));

        await using var recovered = await SpoolLog.OpenAsync(crash);

        Assert.That(await SpoolFolder.ReadAsync(recovered), Is.EqualTo(new[] { "record 1", "record 3" }));
        Assert.That(_folder.Log.Last(4902), Does.Contain("records 2 to 2"));
    }

    [Test]
    public async Task Numbers_that_may_have_been_used_before_the_machine_stopped_are_never_used_again()
    {
        await using var spool = await OpenUnflushedAsync("record 1", "record 2");
        var crash = _folder.Crash() with { BootId = Guid.NewGuid() };
        await using var first = await SpoolLog.OpenAsync(crash);
        var killedBeforeItsFirstRecord = _folder.Crash(crash.Directory) with { BootId = crash.BootId };

        await using var recovered = await SpoolLog.OpenAsync(killedBeforeItsFirstRecord);
        recovered.TryAppend(SpoolFolder.Bytes("later"), out var sequence);

        Assert.That(sequence, Is.GreaterThan(1L << 40));
        Assert.That(await SpoolFolder.ReadAsync(recovered), Is.EqualTo(new[] { "record 1", "record 2", "later" }));
    }

    [Test]
    public async Task Numbers_are_consecutive_over_a_restart_of_the_machine_when_the_spool_was_closed()
    {
        await using (var spool = await _folder.OpenAsync())
        {
            SpoolFolder.Append(spool, "record 1");
        }

        await using var reopened = await _folder.OpenAsync(settings => settings with { BootId = Guid.NewGuid() });
        reopened.TryAppend([1], out var sequence);

        Assert.That(sequence, Is.EqualTo(2));
    }

    [Test]
    public async Task Newer_format_is_refused_by_its_number()
    {
        await using (await _folder.OpenAsync())
        {
        }

        SpoolFolder.Edit(SpoolFolder.Segments(_folder.Path)[0], bytes =>
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), 7);
            return bytes;
        });

        var refusal = Assert.ThrowsAsync<SpoolException>(() => _folder.OpenAsync())!;
        Assert.That(refusal.Problem, Is.EqualTo(SpoolProblem.NewerVersion));
        Assert.That(refusal.Message, Does.Contain("format 7").And.Contain("up to 1"));
    }

    [Test]
    public async Task Damaged_header_is_refused_or_set_aside_with_all_records_kept()
    {
        await using var spool = await OpenUnflushedAsync([.. Enumerable.Repeat(new string('x', 1000), 30)]);
        var crash = _folder.Crash();
        SpoolFolder.Edit(SpoolFolder.Segments(crash.Directory)[1], bytes => Garble(bytes, 20));

        Assert.That(() => SpoolLog.OpenAsync(crash), Throws.TypeOf<SpoolException>().With.Message.Contain("its header cannot be read"));
        await using var mended = await SpoolLog.OpenAsync(crash with { OnDamage = SpoolDamagePolicy.SetAside });
        Assert.That(await SpoolFolder.ReadAsync(mended), Has.Count.EqualTo(30));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Kill_between_the_renaming_of_a_segment_and_its_header_loses_nothing(bool wasUsedBefore)
    {
        await using var spool = await OpenUnflushedAsync("record 1", "record 2");
        var crash = _folder.Crash();
        var file = SpoolFolder.Segments(crash.Directory)[0];
        var next = Path.Combine(crash.Directory, "3".PadLeft(19, '0') + ".spool");
        await File.WriteAllBytesAsync(next, wasUsedBefore ? await File.ReadAllBytesAsync(file) : new byte[SpoolSettings.LeastSegmentBytes]);

        await using (var recovered = await SpoolLog.OpenAsync(crash))
        {
            SpoolFolder.Append(recovered, "record 3");
        }

        await using var again = await SpoolLog.OpenAsync(crash);
        Assert.That(await SpoolFolder.ReadAsync(again), Is.EqualTo(new[] { "record 1", "record 2", "record 3" }));
    }

    [Test]
    public async Task Kill_at_any_byte_of_the_header_of_a_new_segment_loses_no_mark()
    {
        await using var spool = await _folder.OpenAsync(settings => settings with { FsyncInterval = Timeout.InfiniteTimeSpan });
        SpoolFolder.Append(spool, Enumerable.Repeat(new string('x', 1000), 12));
        spool.Release(10);
        SpoolFolder.Append(spool, "this one needs a new segment " + new string('x', 1000));
        for (var written = 0; written < SegmentHeader.FixedBytes; written++)
        {
            var crash = _folder.Crash();
            SpoolFolder.Edit(SpoolFolder.Segments(crash.Directory)[1], bytes => ZeroFrom(ZeroHeaderFrom(bytes, written), Start));

            await using var recovered = await SpoolLog.OpenAsync(crash);

            Assert.That((recovered.FirstSequence, recovered.LastSequence), Is.EqualTo((11, 12)), $"after {written} bytes");
            recovered.TryAppend([1], out var sequence);
            Assert.That(sequence, Is.EqualTo(13), $"after {written} bytes");
        }
    }

    [Test]
    public async Task Old_records_in_a_segment_that_is_used_again_are_not_taken_for_new_ones()
    {
        await using var spool = await _folder.OpenAsync(settings => settings with { FsyncInterval = Timeout.InfiniteTimeSpan });
        for (var number = 1; number <= 200; number++)
        {
            SpoolFolder.Append(spool, $"record {number} {new string('x', 500)}");
            spool.Release(number - 1);
        }

        await using var recovered = await SpoolLog.OpenAsync(_folder.Crash());

        Assert.That(await SpoolFolder.ReadAsync(recovered), Has.Count.EqualTo(1).And.One.StartsWith("record 200 "));
    }

    [Test]
    public async Task Segment_size_may_change_between_runs()
    {
        await using (var spool = await _folder.OpenAsync())
        {
            SpoolFolder.Append(spool, Enumerable.Repeat(new string('x', 1000), 30));
        }

        await using var larger = await _folder.OpenAsync(settings => settings with { SegmentBytes = 128 << 10, MaxBytes = 1 << 20 });
        SpoolFolder.Append(larger, new string('y', 100_000));

        Assert.That(await SpoolFolder.ReadAsync(larger), Has.Count.EqualTo(31));
    }

    private static byte[] ZeroFrom(byte[] bytes, int position)
    {
        bytes.AsSpan(position).Clear();
        return bytes;
    }

    private static byte[] ZeroHeaderFrom(byte[] bytes, int position)
    {
        bytes.AsSpan(position, SegmentHeader.FixedBytes - position).Clear();
        return bytes;
    }

    private static byte[] Garble(byte[] bytes, int position)
    {
        bytes[position] ^= 0x5A;
        return bytes;
    }

    private async Task<SpoolLog> OpenUnflushedAsync(params string[] records)
    {
        var spool = await _folder.OpenAsync(settings => settings with { FsyncInterval = Timeout.InfiniteTimeSpan });
        SpoolFolder.Append(spool, records);
        return spool;
    }
}
