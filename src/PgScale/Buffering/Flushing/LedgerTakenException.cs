namespace PgScale.Buffering.Flushing;

/// <summary>Somebody else commits under the name of this writer.</summary>
internal sealed class LedgerTakenException(Guid writer, long own, long known) : Exception(
    $"Another process has committed items up to {known} under the name of this spool ({writer}), and this process up to {own}: the spool's directory was copied, and the copy is in use. "
    + "Nothing of this process is written, its items stay on disk. End the one whose directory is the copy, and give it an empty one.");
