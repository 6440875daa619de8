namespace PgScale.Buffering.Spool;

/// <summary>Segments in a row, as their names say: what they hold together, and what is missing in them and between them.</summary>
internal sealed class SegmentRow
{
    private readonly List<SpoolLoss> _losses = [];
    private readonly Dictionary<FoundSegment, long> _after = [];

    private SegmentRow(long first) => (Next, LastSound) = (first, first - 1);

    internal IReadOnlyList<SpoolLoss> Losses => _losses;

    /// <summary>How many sound records there are.</summary>
    internal long Sound { get; private set; }

    /// <summary>How many of them are not done with.</summary>
    internal long Pending { get; private set; }

    /// <summary>The sequence number of the last sound record; one less than the first when there is none.</summary>
    internal long LastSound { get; private set; }

    /// <summary>The first sequence number that was never used, as far as is known.</summary>
    internal long Next { get; private set; }

    /// <param name="found">The segments, checked, the oldest first.</param>
    /// <param name="used">The highest sequence number that was surely in use.</param>
    internal static SegmentRow Of(List<FoundSegment> found, long used)
    {
        SegmentRow row = new(found[0].First);
        FoundSegment? before = null;
        foreach (var segment in found)
        {
            row.Add(segment, before, isLast: segment == found[^1]);
            before = segment;
        }

        if (row.Next <= used)
        {
            row._losses.Add(new(before!.Path, before.Scan!.End, row.Next, used, row.Sound));
            row.Next = used + 1;
        }

        return row;
    }

    /// <summary>The last sequence number before a segment.</summary>
    internal long AfterOf(FoundSegment segment) => _after[segment];

    private void Add(FoundSegment segment, FoundSegment? before, bool isLast)
    {
        var scan = segment.Scan!;
        if (segment.First < Next)
        {
            throw new SpoolException(
                SpoolProblem.Damaged, segment.Path,
                $"The spool file '{segment.Path}' begins with record {segment.First} by its name, but the file before it holds records up to {Next - 1}. "
                + "A file was renamed or copied: remove the one that does not belong here.");
        }

        AddMissingBefore(segment, before);
        AddHeader(segment, isLast);
        foreach (var hole in scan.Holes)
        {
            _losses.Add(new(segment.Path, hole.Offset, hole.First, hole.Last, Sound + hole.SoundBefore));
        }

        Sound += scan.Sound;
        Pending += scan.Pending;
        Next = scan.Next;
        LastSound = scan.Sound > 0 ? scan.Last : LastSound;
    }

    private void AddMissingBefore(FoundSegment segment, FoundSegment? before)
    {
        _after[segment] = before is null ? segment.Header?.After ?? segment.First - 1 : Next - 1;
        if (before is not null && segment.First > Next && !(segment.IsInRole && segment.Header!.Value.After == Next - 1))
        {
            _losses.Add(new(before.Path, before.Scan!.End, Next, segment.First - 1, Sound));
        }
    }

    // The newest file has no header of its role until the process that renamed it writes one; nothing is in it before that.
    private void AddHeader(FoundSegment segment, bool isLast)
    {
        if (!segment.IsInRole && !(isLast && segment.Scan!.Sound == 0))
        {
            _losses.Add(new(segment.Path, 0, segment.First, segment.First - 1, Sound));
        }
    }
}
