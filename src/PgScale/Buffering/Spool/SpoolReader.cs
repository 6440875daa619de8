using System.Runtime.CompilerServices;

namespace PgScale.Buffering.Spool;

/// <summary>Reads records of a spool that others append to and release meanwhile, a handful at a time.</summary>
internal sealed class SpoolReader(SpoolLog log, uint seed, long afterSequence, long lastSequence)
{
    private const int HandfulBytes = 64 << 10; // what one turn under the lock of the log copies, unless a single record is longer

    private long _after = afterSequence;
    private SpoolSegment? _segment;
    private int _offset;

    internal async IAsyncEnumerable<SpoolRecord> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (_after < lastSequence)
        {
            // Off the caller's thread: the pages may have to come from the disk.
            var handful = await Task.Run(TakeHandful, cancellationToken).ConfigureAwait(false);
            if (handful.Count == 0)
            {
                yield break;
            }

            foreach (var record in handful)
            {
                yield return record;
            }
        }
    }

    private List<SpoolRecord> TakeHandful() => log.Locked(this, static (segments, reader) => reader.Take(segments));

    private List<SpoolRecord> Take(LiveSegments segments)
    {
        _after = Math.Max(_after, log.FirstSequence - 1);
        List<SpoolRecord> records = [];
        for (var bytes = 0; bytes < HandfulBytes && _after < lastSequence && MoveToUnread(segments) is { } segment;)
        {
            var (record, payload) = Read(segment, _offset);
            _offset += record.Stride;
            if (!record.IsGap && record.Sequence > _after && record.Sequence <= lastSequence)
            {
                records.Add(new(record.Sequence, payload));
                bytes += record.Stride;
            }

            _after = Math.Max(_after, Math.Min(record.LastSequence, lastSequence));
        }

        return records;
    }

    // The segment at hand, unless it is read to its end or was released: then the first one with something to read.
    private SpoolSegment? MoveToUnread(LiveSegments segments)
    {
        if (_segment is { IsRetired: false } && _offset < _segment.End)
        {
            return _segment;
        }

        _segment = segments.FindAfter(_after);
        _offset = SegmentHeader.Bytes;
        return _segment;
    }

    private (StoredRecord Record, byte[] Payload) Read(SpoolSegment segment, int offset)
    {
        Span<byte> header = stackalloc byte[RecordFormat.HeaderBytes];
        segment.File.Read(offset, header);
        var bytes = new byte[Math.Min(RecordFormat.StrideIn(header), segment.End - offset)];
        segment.File.Read(offset, bytes);
        if (!RecordFormat.TryRead(bytes, seed, out var record))
        {
            throw new SpoolException(
                SpoolProblem.Damaged, segment.File.Path,
                $"The spool file '{segment.File.Path}' was changed at byte {offset} while it was in use. Keep other programs away from it, and restart.")
            {
                Offset = offset,
            };
        }

        return (record, bytes.AsSpan(RecordFormat.HeaderBytes, record.Length).ToArray());
    }
}
