namespace PgScale.Buffering.Spool;

/// <summary>A stretch of a segment that cannot be read, and the records that were in it.</summary>
/// <param name="Offset">Where it begins in the file.</param>
/// <param name="Stretch">Its length in bytes; 0 when nothing sound follows it in the file.</param>
/// <param name="First">The first sequence number that is missing.</param>
/// <param name="Last">The last one.</param>
/// <param name="SoundBefore">How many sound records the segment has before it.</param>
internal readonly record struct SegmentHole(int Offset, int Stretch, long First, long Last, int SoundBefore);
