namespace PgScale.Ddl.Planning;

/// <summary>Makes steps of each kind.</summary>
internal static class Steps
{
    public static DdlStep Transaction(string why, IEnumerable<DdlLock> locks, params IReadOnlyList<string> statements) =>
        new() { Kind = DdlStepKind.Transaction, Statements = statements, Why = why, Locks = [.. locks] };

    public static DdlStep Validation(string why, IEnumerable<DdlLock> locks, string scanned, string statement) =>
        new() { Kind = DdlStepKind.Validation, Statements = [statement], Why = why, Locks = [.. locks], Scans = [scanned] };

    public static DdlStep Outside(string why, IEnumerable<DdlLock> locks, string statement) =>
        new() { Kind = DdlStepKind.OutsideTransaction, Statements = [statement], Why = why, Locks = [.. locks] };

    /// <summary>A concurrent build of an index with a check that tells whether it is there and valid.</summary>
    public static DdlStep Build(string why, string table, string index, string statement, string doneWhen) => new()
    {
        Kind = DdlStepKind.OutsideTransaction,
        Statements = [statement],
        Why = why,
        Locks = [new DdlLock(table, DdlLockMode.ShareUpdateExclusive)],
        Scans = [table],
        Index = new DdlIndexBuild(table, index),
        DoneWhen = doneWhen,
    };

    public static DdlStep Backfill(string why, DdlBackfill rows) => new()
    {
        Kind = DdlStepKind.Backfill,
        Statements = [],
        Why = why,
        Locks = [new DdlLock(rows.Table, DdlLockMode.RowExclusive)],
        Scans = [rows.Table],
        Backfill = rows,
    };
}
