namespace PgScale.Ddl.Execution;

/// <summary>What one look around has shown.</summary>
/// <param name="Blockers">Who holds or waits for a lock that is in the way, on any server.</param>
/// <param name="Problem">Why a replica cannot take the lock now, as a sentence; null when none is in the way.</param>
internal sealed record Look(IReadOnlyList<DdlBlocker> Blockers, string? Problem = null)
{
    /// <summary>Whether nobody is in the way who would not be gone in a moment.</summary>
    internal bool IsClear(TimeSpan old) => Problem is null && Blockers.All(blocker => blocker.Age < old);
}
