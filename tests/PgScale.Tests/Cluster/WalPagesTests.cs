using FsCheck;
using FsCheck.Fluent;
using NpgsqlTypes;
using PgScale.Cluster;

namespace PgScale.Tests.Cluster;

public sealed class WalPagesTests
{
    private const ulong Segment = 16UL << 20;

    private static readonly ulong[] BlockSizes = [1024, 8192, 16384, 65536];

    // Lengths that end near a page's border are the interesting ones.
    private static readonly Gen<ulong> Lengths = Gen.OneOf(
        Gen.Choose(24, 120), Gen.Choose(900, 1100), Gen.Choose(8100, 8300), Gen.Choose(16_000, 20_000)).Select(length => (ulong)length);

    private static readonly Arbitrary<(ulong BlockSize, ulong[] Lengths)> Logs = Gen.Elements(BlockSizes)
        .Zip(Lengths.NonEmptyListOf(), (size, lengths) => (size, lengths.ToArray())).ToArbitrary();

    [TestCase(0UL, 0UL, 8192)]
    [TestCase(8192UL, 8192UL, 8192)]
    [TestCase(8192UL + 24, 8192UL, 8192)]
    [TestCase(Segment + 40, Segment, 8192)]
    [TestCase(8192UL + 40, 8192UL, 8192)]
    [TestCase(8192UL + 41, 8192UL + 41, 8192)]
    [TestCase(8192UL + 48, 8192UL + 48, 8192)]
    [TestCase(8191UL, 8191UL, 8192)]
    [TestCase(8192UL + 24, 8192UL + 24, 16384)]
    [TestCase(16384UL + 24, 16384UL, 16384)]
    [TestCase(0xFFFFFFFF_FFFFE018UL, 0xFFFFFFFF_FFFFE000UL, 8192)]
    public void Position_in_a_page_header_moves_to_the_page_start(ulong position, ulong expected, int blockSize) =>
        Assert.That(WalPages.Normalize(new(position), blockSize), Is.EqualTo(new NpgsqlLogSequenceNumber(expected)));

    [Test]
    public void Twice_is_once() => Prop.ForAll(ArbMap.Default.ArbFor<ulong>(), position =>
        WalPages.Normalize(WalPages.Normalize(new(position))) == WalPages.Normalize(new(position))).QuickCheckThrowOnFailure();

    [Test]
    public void Replica_holds_a_token_exactly_when_it_has_replayed_its_last_record() => Prop.ForAll(Logs, log =>
    {
        var ends = new PaperLog(log.BlockSize).Write(log.Lengths);
        return ends.Index().All(token => ends.Index().All(replica =>
            (Normalized(replica.Item.Replayed, log.BlockSize) >= Normalized(token.Item.NextInsert, log.BlockSize)) == (replica.Index >= token.Index)));
    }).QuickCheckThrowOnFailure();

    private static NpgsqlLogSequenceNumber Normalized(ulong position, ulong blockSize) => WalPages.Normalize(new(position), (int)blockSize);

    /// <summary>Lays records into pages as PostgreSQL does: aligned to 8 bytes, around page headers.</summary>
    private sealed class PaperLog(ulong blockSize)
    {
        private ulong _insert = Segment + 40;

        /// <summary>For each record where its replay ends, and where the next one would begin.</summary>
        internal List<(ulong Replayed, ulong NextInsert)> Write(IEnumerable<ulong> lengths)
        {
            var ends = new List<(ulong, ulong)>();
            foreach (var length in lengths)
            {
                var end = Skip(_insert, (length + 7) / 8 * 8);
                _insert = end % blockSize == 0 ? end + Header(end) : end;
                ends.Add((end, _insert));
            }

            return ends;
        }

        private static ulong Header(ulong page) => page % Segment == 0 ? 40UL : 24UL;

        private ulong Skip(ulong position, ulong bytes)
        {
            while (true)
            {
                var room = blockSize - (position % blockSize);
                if (bytes <= room)
                {
                    return position + bytes;
                }

                bytes -= room;
                position += room;
                position += Header(position);
            }
        }
    }
}
