namespace PgScale.Buffering.Spool;

/// <summary>Records that should be in a spool and are not.</summary>
/// <param name="Path">The file in which they were, or whose header is damaged.</param>
/// <param name="Offset">Where in it.</param>
/// <param name="First">The first of them.</param>
/// <param name="Last">The last one; less than the first when only a header is damaged.</param>
/// <param name="SoundBefore">How many sound records come before, in all segments.</param>
internal readonly record struct SpoolLoss(string Path, int Offset, long First, long Last, long SoundBefore)
{
    internal long Count => Last - First + 1;
}
