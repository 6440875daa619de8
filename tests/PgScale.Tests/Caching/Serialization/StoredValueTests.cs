using System.Text;
using PgScale.Caching.Serialization;
using PgScale.Caching.Tags;
using PgScale.Tests.Cluster;

namespace PgScale.Tests.Caching.Serialization;

public sealed class StoredValueTests
{
    private const uint Fingerprint = 7;
    private const string Times = "17000000000000001700000000000001";

    private static readonly byte[] Body = [.. Enumerable.Range(0, 300).Select(static number => (byte)(number / 10))];

    [Test]
    public void Value_is_read_as_it_was_written([Values] bool isCompressed)
    {
        Assert.That(Read(Written(isCompressed)), Is.Not.Null);
        var read = Read(Written(isCompressed))!.Value;
        Assert.That(read.Body.ToArray(), Is.EqualTo(Body));
        Assert.That(read.AllVersion, Is.Zero);
        Assert.That(read.Tags, Is.EqualTo(new[] { ("tag", 0L) }));
        Assert.That(read.Token, Is.EqualTo(PaperCluster.Token(2_000)));
    }

    [Test]
    public void No_changed_bit_behind_the_times_goes_unnoticed([Values] bool isCompressed)
    {
        var good = Written(isCompressed);
        for (var bit = StoredValueReader.TimesLength * 8; bit < good.Length * 8; bit++)
        {
            var bad = (byte[])good.Clone();
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(Read(bad), Is.Null, $"byte {bit / 8}, bit {bit % 8}");
        }
    }

    [Test]
    public void Changed_times_never_change_the_value()
    {
        var good = Written(isCompressed: false);
        for (var position = 0; position < StoredValueReader.TimesLength; position++)
        {
            for (var value = 0; value < 256; value++)
            {
                var bad = (byte[])good.Clone();
                bad[position] = (byte)value;
                Assert.That(Read(bad)?.Body.ToArray() ?? Body, Is.EqualTo(Body), $"byte {position}, value {value}");
            }
        }
    }

    [Test]
    public void No_part_of_a_value_is_taken_for_one([Values] bool isCompressed)
    {
        var good = Written(isCompressed);
        for (var length = 0; length < good.Length; length++)
        {
            Assert.That(Read(good[..length]), Is.Null, $"{length} bytes");
        }

        Assert.That(Read([.. good, 0]), Is.Null, "one byte more");
    }

    [Test]
    public void Value_of_another_key_or_type_is_refused()
    {
        var good = Written(isCompressed: false);
        Assert.That(StoredValueReader.Read(good, "other", Fingerprint), Is.Null);
        Assert.That(StoredValueReader.Read(good, "key", Fingerprint + 1), Is.Null);
    }

    private static StoredValue? Read(byte[] bytes) => StoredValueReader.Read(bytes, "key", Fingerprint);

    private static byte[] Written(bool isCompressed) =>
    [
        .. Encoding.ASCII.GetBytes(Times),
        .. StoredValueWriter.Write(
            "key", Fingerprint, isNull: false, Body, loadMilliseconds: 5, PaperCluster.Token(2_000), new TagRegistry().Stamp(["tag"]), isCompressed ? 0 : null),
    ];
}
