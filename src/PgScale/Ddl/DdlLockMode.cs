namespace PgScale.Ddl;

/// <summary>
/// A table lock of PostgreSQL, weakest first (<see href="https://www.postgresql.org/docs/current/explicit-locking.html">manual</see>).
/// With the suffix <c>Lock</c> the names are those of <c>pg_locks.mode</c>.
/// </summary>
public enum DdlLockMode
{
    /// <summary>What a read takes. It waits only for <see cref="AccessExclusive"/>.</summary>
    AccessShare = 1,

    /// <summary>What <c>SELECT … FOR UPDATE</c> takes.</summary>
    RowShare,

    /// <summary>What a write takes.</summary>
    RowExclusive,

    /// <summary>Reads and writes pass; other schema changes and vacuum do not.</summary>
    ShareUpdateExclusive,

    /// <summary>Reads pass, writes do not.</summary>
    Share,

    /// <summary>Reads pass, writes do not; only one session holds it.</summary>
    ShareRowExclusive,

    /// <summary>Only plain reads pass.</summary>
    Exclusive,

    /// <summary>Nothing passes, not even a read.</summary>
    AccessExclusive,
}
