using PgScale.Ddl;

namespace PgScale.IntegrationTests.Ddl;

/// <summary>Plans by hand, so that what runs them is tested without what makes them.</summary>
internal static class Plans
{
    internal const string AddUniqueNumber = "ALTER TABLE orders ADD COLUMN number int NOT NULL UNIQUE";

    internal static DdlPlan Of(string statement, params DdlStep[] steps) => new()
    {
        Statement = statement,
        Verdict = DdlVerdict.Planned,
        Reason = "Made by hand.",
        Steps = steps,
    };

    internal static DdlStep Transaction(string sql, params DdlLock[] locks) =>
        new() { Kind = DdlStepKind.Transaction, Statements = [sql], Why = sql, Locks = locks };

    internal static DdlStep Validation(string sql, string table) => new()
    {
        Kind = DdlStepKind.Validation,
        Statements = [sql],
        Why = sql,
        Locks = [new(table, DdlLockMode.ShareUpdateExclusive)],
        Scans = [table],
    };

    internal static DdlStep Index(string sql, string table, string index) => new()
    {
        Kind = DdlStepKind.OutsideTransaction,
        Statements = [sql],
        Why = sql,
        Locks = [new(table, DdlLockMode.ShareUpdateExclusive)],
        Index = new(table, index),
    };

    internal static DdlPlan AddColumn(string table, string column) =>
        Of($"ALTER TABLE {table} ADD COLUMN {column} int", Transaction($"ALTER TABLE {table} ADD COLUMN {column} int", Strong(table)));

    internal static DdlLock Strong(string table) => new(table, DdlLockMode.AccessExclusive);

    /// <summary>One plan with a step of every kind.</summary>
    internal static DdlPlan OfEveryKind() => Of(
        AddUniqueNumber,
        Transaction("ALTER TABLE orders ADD COLUMN number int", Strong("orders")),
        new() { Kind = DdlStepKind.Backfill, Statements = [], Why = "Fills it.", Backfill = new("orders", ["id"], "number = id", "number IS NULL") },
        Transaction("ALTER TABLE orders ADD CONSTRAINT number_set CHECK (number IS NOT NULL) NOT VALID", Strong("orders")),
        Validation("ALTER TABLE orders VALIDATE CONSTRAINT number_set", "orders"),
        Transaction("ALTER TABLE orders ALTER COLUMN number SET NOT NULL", Strong("orders")),
        Transaction("ALTER TABLE orders DROP CONSTRAINT number_set", Strong("orders")),
        Index("CREATE UNIQUE INDEX CONCURRENTLY orders_number_key ON orders (number)", "orders", "orders_number_key"),
        Transaction("ALTER TABLE orders ADD CONSTRAINT orders_number_key UNIQUE USING INDEX orders_number_key", Strong("orders")));
}
