namespace PgScale.Backfill.Running;

/// <summary>A later runner has taken the range, so this one's checkpoint was refused and its batch rolled back.</summary>
internal sealed class FencedException(Exception? cause = null) : Exception("Another runner has taken the range.", cause);
