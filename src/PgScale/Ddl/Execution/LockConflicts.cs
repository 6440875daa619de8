namespace PgScale.Ddl.Execution;

/// <summary>Which locks stand in each other's way (<see href="https://www.postgresql.org/docs/current/explicit-locking.html">manual, table 13.2</see>).</summary>
internal static class LockConflicts
{
    private static readonly DdlLockMode[] All = Enum.GetValues<DdlLockMode>();

    /// <summary>Whether reads or writes of an application wait behind a lock.</summary>
    internal static bool StopsWrites(DdlLockMode mode) => mode >= DdlLockMode.Share;

    /// <summary>Whether a lock is written to the log and taken again by replicas.</summary>
    internal static bool IsReplayed(DdlLockMode mode) => mode == DdlLockMode.AccessExclusive;

    internal static IEnumerable<DdlLockMode> With(DdlLockMode wanted) => All.Where(held => Conflict(wanted, held));

    internal static bool Conflict(DdlLockMode one, DdlLockMode other)
    {
        var (weak, strong) = one < other ? (one, other) : (other, one);
        return strong switch
        {
            DdlLockMode.AccessExclusive => true,
            DdlLockMode.Exclusive => weak >= DdlLockMode.RowShare,
            DdlLockMode.ShareRowExclusive => weak >= DdlLockMode.RowExclusive,
            DdlLockMode.Share => weak is DdlLockMode.RowExclusive or DdlLockMode.ShareUpdateExclusive, // shares with itself
            DdlLockMode.ShareUpdateExclusive => weak >= DdlLockMode.ShareUpdateExclusive,
            _ => false,
        };
    }

    /// <summary>The name in <c>LOCK TABLE … IN … MODE</c>.</summary>
    internal static string Words(DdlLockMode mode) => mode switch
    {
        DdlLockMode.AccessShare => "ACCESS SHARE",
        DdlLockMode.RowShare => "ROW SHARE",
        DdlLockMode.RowExclusive => "ROW EXCLUSIVE",
        DdlLockMode.ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
        DdlLockMode.Share => "SHARE",
        DdlLockMode.ShareRowExclusive => "SHARE ROW EXCLUSIVE",
        DdlLockMode.Exclusive => "EXCLUSIVE",
        _ => "ACCESS EXCLUSIVE",
    };

    /// <summary>The mode of a name in <c>pg_locks</c>; null for the locks that are no table locks.</summary>
    internal static DdlLockMode? Parse(string serverMode) =>
        serverMode.EndsWith("Lock", StringComparison.Ordinal) && Enum.TryParse<DdlLockMode>(serverMode[..^4], out var mode) ? mode : null;
}
