namespace PgScale.Buffering.Spool;

/// <summary>A file in its role as the place of a run of records. Not safe for use by several threads; <see cref="SpoolLog"/> locks.</summary>
internal sealed class SpoolSegment
{
    private readonly int[] _places = new int[2];

    private SpoolSegment(SegmentFile file, SegmentHeader header, long last, int end)
    {
        File = file;
        Header = header;
        Last = last;
        End = end;
    }

    internal SegmentFile File { get; }

    internal SegmentHeader Header { get; }

    /// <summary>The last sequence number in it, of a record or a gap; one less than the first while there is none.</summary>
    internal long Last { get; private set; }

    /// <summary>Where the next record goes.</summary>
    internal int End { get; private set; }

    /// <summary>Before which offset it changed since it was last taken to be written through to the disk; 0 when it did not.</summary>
    internal int ChangedTo { get; private set; }

    /// <summary>How many threads use the file outside the lock, so that it has to stay.</summary>
    internal int Pins { get; set; }

    /// <summary>Whether all its records are done with and it is no longer part of the spool.</summary>
    internal bool IsRetired { get; set; }

    /// <summary>A segment that was recovered.</summary>
    internal static SpoolSegment Existing(SegmentFile file, SegmentHeader header, long last, int end) => new(file, header, last, end);

    /// <summary>The first segment of a new spool: its header is on disk before its name says what it is.</summary>
    internal static SpoolSegment StartFirst(SegmentFile file, string path, SegmentHeader header, Guid bootId)
    {
        SpoolSegment segment = new(file, header, header.First - 1, SegmentHeader.Bytes);
        segment.Begin(header.First - 1, bootId);
        file.Flush(file.Bytes);
        segment.TakeChanges();
        file.MoveTo(path);
        return segment;
    }

    /// <summary>
    /// Gives a file a new role. Its new name comes first: a kill in between leaves the header of its former role under a name that
    /// it does not fit, which recovery takes for what it is. What is behind the header may be old records; their numbers are lower.
    /// </summary>
    internal static SpoolSegment Start(SegmentFile file, string path, SegmentHeader header, long released, Guid bootId)
    {
        file.MoveTo(path);
        SpoolSegment segment = new(file, header, header.First - 1, SegmentHeader.Bytes);
        segment.Begin(released, bootId);
        return segment;
    }

    /// <summary>Before which offset it has to be written through now.</summary>
    internal int TakeChanges()
    {
        var end = ChangedTo;
        ChangedTo = 0;
        return end;
    }

    internal bool Fits(int length) => RecordFormat.Stride(length) <= File.Bytes - End;

    internal void Append(ReadOnlySpan<byte> payload, uint payloadChecksum)
    {
        Span<byte> header = stackalloc byte[RecordFormat.HeaderBytes];
        RecordFormat.WriteHeader(header, payloadChecksum, payload.Length, Last + 1);
        Write(End + RecordFormat.HeaderBytes, payload);
        Write(End, header);
        End += RecordFormat.Stride(payload.Length);
        Last++;
    }

    /// <summary>Writes the header; the marks stay.</summary>
    internal void WriteHeader()
    {
        Span<byte> bytes = stackalloc byte[SegmentHeader.FixedBytes];
        Header.Write(bytes);
        Write(0, bytes);
    }

    /// <summary>Notes that no record has the numbers from the next to this one; says no when there is no room for the note.</summary>
    internal bool TrySkipTo(long next)
    {
        var stretch = RecordFormat.Stride(0);
        if (next > Last + 1)
        {
            if (File.Bytes - End < stretch)
            {
                return false;
            }

            WriteGap(new(End, stretch, Last + 1, next - 1, SoundBefore: 0));
            (End, Last) = (End + stretch, next - 1);
        }

        return true;
    }

    /// <summary>Replaces a stretch that cannot be read by a note of what was lost, so that the row of records is whole again.</summary>
    internal void WriteGap(SegmentHole hole)
    {
        Span<byte> gap = stackalloc byte[RecordFormat.Stride(0)];
        RecordFormat.WriteGap(gap, RecordFormat.Seed(Header.SpoolId), hole.Stretch, hole.First, hole.Last);
        Write(hole.Offset, gap);
    }

    /// <summary>Reaches the disk with whatever is written next: until then fewer records are named than are there, never more.</summary>
    internal void MarkDurable(long sequence) => Mark(SegmentMarks.DurableAt, 0, sequence);

    internal void MarkReleased(long sequence) => Changed(Mark(SegmentMarks.ReleasedAt, 1, sequence));

    internal void MarkClosed(long sequence)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(bytes, sequence);
        Write(SegmentMarks.ClosedAt, bytes);
    }

    internal void MarkBoot(Guid bootId)
    {
        Span<byte> bytes = stackalloc byte[16];
        bootId.TryWriteBytes(bytes);
        Write(SegmentMarks.BootIdAt, bytes);
    }

    // The header last: with it the marks count, and a kill in between must find those of this role.
    private void Begin(long released, Guid bootId)
    {
        Span<byte> marks = stackalloc byte[SegmentMarks.End - SegmentMarks.DurableAt];
        marks.Clear();
        Write(SegmentMarks.DurableAt, marks);
        MarkReleased(released);
        MarkBoot(bootId);
        WriteHeader();
    }

    private int Mark(int offset, int which, long value)
    {
        Span<byte> place = stackalloc byte[SegmentMarks.PlaceBytes];
        SegmentMarks.WritePlace(place, value);
        _places[which] ^= SegmentMarks.PlaceBytes;
        File.Write(offset + _places[which], place);
        return SegmentHeader.Bytes;
    }

    private void Write(int offset, ReadOnlySpan<byte> bytes)
    {
        File.Write(offset, bytes);
        Changed(offset + bytes.Length);
    }

    private void Changed(int end) => ChangedTo = Math.Max(ChangedTo, end);
}
