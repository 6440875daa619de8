namespace PgScale.Buffering.Spool;

/// <summary>The segments of an open spool, from the oldest that holds records to the one that takes them. <see cref="SpoolLog"/> locks.</summary>
internal sealed class LiveSegments
{
    private readonly SpoolSettings _settings;
    private readonly SpoolFiles _files;
    private readonly SegmentSupply _supply;
    private readonly List<SpoolSegment> _segments;
    private readonly Guid _id;

    private long _next;
    private bool _hasNewNames;

    internal LiveSegments(SpoolSettings settings, SpoolFiles files, SegmentSupply supply, RecoveredSpool recovered)
    {
        _settings = settings;
        _files = files;
        _supply = supply;
        _segments = recovered.Segments;
        (_id, _next, Last, Released) = (recovered.Id, recovered.Next, recovered.Last, recovered.Released);
        Current = _segments[^1];
    }

    /// <summary>The one that takes records.</summary>
    internal SpoolSegment Current { get; private set; }

    /// <summary>The sequence number of the last record.</summary>
    internal long Last { get; private set; }

    /// <summary>All records up to it are done with.</summary>
    internal long Released { get; private set; }

    /// <summary>The sequence number of the next record.</summary>
    internal long Next => _next;

    /// <summary>Whether numbers have to be left out that no file says so of yet.</summary>
    internal bool HasToSkip => _next != Current.Last + 1;

    /// <summary>Makes room for a record, in a new segment if need be; says why when there is none.</summary>
    internal SpoolAppend RoomFor(int length) =>
        Current.Fits(length) && !HasToSkip ? SpoolAppend.Appended : StartSegment();

    internal long Append(ReadOnlySpan<byte> record, uint checksum)
    {
        Current.Append(record, checksum);
        Last = Current.Last;
        _next = Last + 1;
        return Last;
    }

    /// <summary>Marks records as done with; returns the files that nobody needs any more.</summary>
    internal List<SegmentFile> Release(long upTo)
    {
        Released = upTo;
        Current.MarkReleased(upTo);
        return Retire();
    }

    /// <summary>What has to be written to the disk; its files stay until <see cref="Unpin"/>.</summary>
    internal (bool HasNewNames, List<(SpoolSegment Segment, int ChangedTo)> Segments) TakeChanges()
    {
        var changed = _segments.FindAll(segment => segment.ChangedTo > 0).ConvertAll(segment => (segment, segment.TakeChanges()));
        changed.ForEach(change => change.segment.Pins++);
        var hasNewNames = _hasNewNames;
        _hasNewNames = false;
        return (hasNewNames, changed);
    }

    /// <summary>Takes segments back from <see cref="TakeChanges"/>; returns the files that nobody needs any more.</summary>
    internal static List<SegmentFile> Unpin(List<(SpoolSegment Segment, int ChangedTo)> changes)
    {
        changes.ForEach(change => change.Segment.Pins--);
        return [.. changes.Where(change => change.Segment.IsRetired).Select(change => change.Segment.File)];
    }

    /// <summary>The oldest segment with numbers above this one.</summary>
    internal SpoolSegment? FindAfter(long sequence) => _segments.Find(segment => segment.Last > sequence);

    internal void Close() => _segments.ForEach(segment => segment.File.Dispose());

    private SpoolAppend StartSegment()
    {
        if (_supply.Take(out var refusal) is not { } file)
        {
            return refusal;
        }

        try
        {
            Current = SpoolSegment.Start(file, _files.SegmentPath(_next), new(_id, _next, After: Current.Last), Released, _settings.BootId);
        }
        catch (IOException problem)
        {
            _supply.Refuse(file, problem);
            return SpoolAppend.DiskFull;
        }

        _segments.Add(Current);
        _hasNewNames = true;
        Retire().ForEach(_supply.Return);
        return SpoolAppend.Appended;
    }

    // A file that is being written to the disk is handed out when that is done.
    private List<SegmentFile> Retire()
    {
        List<SegmentFile> files = [];
        while (_segments.Count > 1 && _segments[0].Last <= Released)
        {
            var segment = _segments[0];
            segment.IsRetired = true;
            _segments.RemoveAt(0);
            if (segment.Pins == 0)
            {
                files.Add(segment.File);
            }
        }

        return files;
    }
}
