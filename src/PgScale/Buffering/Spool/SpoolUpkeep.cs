namespace PgScale.Buffering.Spool;

/// <summary>What is done for a spool away from those who append: a spare segment is made ready, and what changed is written through to the disk.</summary>
internal sealed class SpoolUpkeep(SpoolSettings settings, SpoolFiles files, SegmentSupply supply, LiveSegments segments, Lock gate)
{
    private SpoolSegment? _spareWantedFor;

    /// <summary>Whether a spare should be made, which is asked for once a segment; or one that came back needs its pages made writable.</summary>
    internal bool IsWanted => supply.HasSpare
        ? !supply.IsSpareReady
        : segments.Current is var current && current != _spareWantedFor && current.End > current.File.Bytes / 2;

    internal void PrepareSpare()
    {
        if (IsWanted)
        {
            _spareWantedFor = segments.Current;
            supply.Prepare();
        }
    }

    /// <summary>Writes everything appended so far to the disk; the sequence number of the last record of it.</summary>
    internal long WriteThrough()
    {
        long last;
        bool hasNewNames;
        List<(SpoolSegment Segment, int ChangedTo)> changes;
        lock (gate)
        {
            last = segments.Last;
            (hasNewNames, changes) = segments.TakeChanges();
        }

        try
        {
            changes.ForEach(change => settings.Flush(change.Segment.File, change.ChangedTo));
            if (hasNewNames)
            {
                files.Flush();
            }
        }
        finally
        {
            Unpin(changes);
        }

        lock (gate)
        {
            segments.Current.MarkDurable(last);
        }

        return last;
    }

    private void Unpin(List<(SpoolSegment Segment, int ChangedTo)> changes)
    {
        List<SegmentFile> retired;
        lock (gate)
        {
            retired = LiveSegments.Unpin(changes);
        }

        retired.ForEach(supply.Return);
    }
}
