using System.Runtime.InteropServices;

namespace PgScale.Buffering.Spool;

/// <summary>
/// Goes through the bytes of a segment: the records that are sound and follow one another, and the holes between them. It ends where
/// nothing sound follows any more, at any distance: a torn tail is what has nothing behind it, and everything else is damage.
/// </summary>
internal sealed class SegmentScan
{
    private readonly List<SegmentHole> _holes = [];

    private SegmentScan(long first) => (Next, Last) = (first, first - 1);

    internal IReadOnlyList<SegmentHole> Holes => _holes;

    /// <summary>The sequence number after that of the last record or gap.</summary>
    internal long Next { get; private set; }

    /// <summary>The sequence number of the last sound record; one less than the first when there is none.</summary>
    internal long Last { get; private set; }

    /// <summary>Where the next record would be.</summary>
    internal int End { get; private set; } = SegmentHeader.Bytes;

    /// <summary>How many sound records there are.</summary>
    internal int Sound { get; private set; }

    /// <summary>How many of them are not done with.</summary>
    internal int Pending { get; private set; }

    /// <summary>Whether a record was begun at the end and not finished.</summary>
    internal bool IsTorn { get; private set; }

    internal static SegmentScan Run(ReadOnlySpan<byte> segment, uint seed, long first, long released)
    {
        SegmentScan scan = new(first);
        while (scan.TakeRecord(segment, seed, released) || scan.TakeHole(segment, seed))
        {
        }

        scan.IsTorn = scan.End + RecordFormat.HeaderBytes <= segment.Length && RecordFormat.SequenceAt(segment[scan.End..]) == scan.Next;
        return scan;
    }

    private bool TakeRecord(ReadOnlySpan<byte> segment, uint seed, long released)
    {
        if (End >= segment.Length || !RecordFormat.TryRead(segment[End..], seed, out var record) || record.Sequence != Next)
        {
            return false;
        }

        if (!record.IsGap)
        {
            Sound++;
            Pending += record.Sequence > released ? 1 : 0;
            Last = record.Sequence;
        }

        Next = record.LastSequence + 1;
        End += record.Stride;
        return true;
    }

    private bool TakeHole(ReadOnlySpan<byte> segment, uint seed)
    {
        var found = FindSound(segment, seed);
        if (found < 0)
        {
            return false;
        }

        var next = RecordFormat.SequenceAt(segment[found..]);
        _holes.Add(new(End, found - End, Next, next - 1, Sound));
        (End, Next) = (found, next);
        return true;
    }

    // Records lie at multiples of 8. A segment that is used again is full of old records: their numbers are lower, so that comparing
    // one number per place leaves few to check.
    private int FindSound(ReadOnlySpan<byte> segment, uint seed)
    {
        var words = MemoryMarshal.Cast<byte, long>(segment);
        var smallest = RecordFormat.Stride(0);
        for (var word = (End + smallest) / sizeof(long) + 1; word < words.Length; word++)
        {
            var offset = (word - 1) * sizeof(long);
            var missing = words[word] - Next;
            if (missing > 0 && missing <= (offset - End) / smallest && RecordFormat.TryRead(segment[offset..], seed, out _))
            {
                return offset;
            }
        }

        return -1;
    }
}
