namespace PgScale.Buffering.Spool;

/// <summary>A sound record, or a gap where records were, as it lies in a segment.</summary>
internal readonly record struct StoredRecord(int Length, long Sequence, long LastSequence, bool IsGap)
{
    internal int Stride => RecordFormat.Stride(Length);
}
