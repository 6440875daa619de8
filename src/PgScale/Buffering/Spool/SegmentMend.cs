namespace PgScale.Buffering.Spool;

/// <summary>Puts a found segment to use again, after what is wrong with it was judged bearable.</summary>
internal static class SegmentMend
{
    internal static SpoolSegment Open(FoundSegment found, Guid id, long after, int leastBytes)
    {
        SegmentHeader header = new(id, found.First, after);
        var file = SegmentFile.Open(found.Path, (int)Math.Max((found.Length + 7) & ~7, leastBytes));
        var segment = SpoolSegment.Existing(file, header, found.Scan!.Next - 1, found.Scan.End);
        if (!found.IsInRole || found.Header != header)
        {
            segment.WriteHeader();
        }

        foreach (var hole in found.Scan.Holes)
        {
            segment.WriteGap(hole);
        }

        return segment;
    }
}
