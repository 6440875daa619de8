namespace PgScale.Ddl;

/// <summary>All rules of the judge. Ids are never given a new meaning.</summary>
public static class DdlRules
{
    internal static readonly DdlRule CreateIndex = new(
        "PGS001",
        "An index is built while writes wait",
        "CREATE INDEX holds a SHARE lock on the table for as long as it reads it: every write waits.",
        "Build it CONCURRENTLY, outside a transaction; PgScale does, checks that the index is valid and removes the INVALID leftover of a build that failed.",
        "CREATE INDEX orders_customer ON orders (customer_id)",
        "CREATE INDEX CONCURRENTLY orders_customer ON orders (customer_id)");

    internal static readonly DdlRule DropIndex = new(
        "PGS002",
        "An index is dropped while everything waits",
        "DROP INDEX takes an ACCESS EXCLUSIVE lock on the table and, while it queues behind one long query, stops all others.",
        "Drop it CONCURRENTLY, outside a transaction, one index at a time.",
        "DROP INDEX orders_customer",
        "DROP INDEX CONCURRENTLY orders_customer");

    internal static readonly DdlRule Reindex = new(
        "PGS003",
        "An index is rebuilt while writes and plans wait",
        "REINDEX stops writes to the table, and its ACCESS EXCLUSIVE lock on the index stops the planning of every query on the table.",
        "REINDEX … CONCURRENTLY, outside a transaction.",
        "REINDEX INDEX orders_customer",
        "REINDEX INDEX CONCURRENTLY orders_customer");

    internal static readonly DdlRule SetNotNull = new(
        "PGS004",
        "SET NOT NULL reads the table under the strongest lock",
        "The server looks for NULLs in every row while nobody may read or write.",
        "Add CHECK (column IS NOT NULL) NOT VALID, VALIDATE it, SET NOT NULL (which then believes the check) and drop the check, each in its own transaction. From PostgreSQL 18 on, a NOT NULL constraint can be NOT VALID itself.",
        "ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL",
        "ALTER TABLE orders ADD CONSTRAINT orders_customer_not_null CHECK (customer_id IS NOT NULL) NOT VALID");

    internal static readonly DdlRule AddCheck = new(
        "PGS005",
        "A CHECK constraint is verified under the strongest lock",
        "ADD CHECK reads every row while nobody may read or write.",
        "Add it NOT VALID, then VALIDATE it in a transaction of its own: reads and writes pass.",
        "ALTER TABLE orders ADD CONSTRAINT positive CHECK (total > 0)",
        "ALTER TABLE orders ADD CONSTRAINT positive CHECK (total > 0) NOT VALID");

    internal static readonly DdlRule AddForeignKey = new(
        "PGS006",
        "A foreign key is verified while both tables are locked",
        "ADD FOREIGN KEY looks up every row while writes to both tables wait.",
        "Add it NOT VALID, then VALIDATE it in a transaction of its own.",
        "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers",
        "ALTER TABLE orders ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers NOT VALID");

    internal static readonly DdlRule AddUnique = new(
        "PGS007",
        "UNIQUE or PRIMARY KEY builds an index under the strongest lock",
        "The index is built while nobody may read or write; a primary key also looks for NULLs.",
        "Build the unique index CONCURRENTLY and add the constraint USING INDEX; for a primary key make the columns NOT NULL the safe way first.",
        "ALTER TABLE orders ADD CONSTRAINT orders_number_key UNIQUE (number)",
        "CREATE UNIQUE INDEX CONCURRENTLY orders_number_key ON orders (number)");

    internal static readonly DdlRule AddExclusion = new(
        "PGS008",
        "An exclusion constraint builds its index under the strongest lock",
        "There is no concurrent way to build an exclusion constraint.",
        "Create the table with the constraint and move the rows, or keep the rule in a trigger; on small tables it passes.",
        "ALTER TABLE rooms ADD EXCLUDE USING gist (during WITH &&)",
        "CREATE TABLE rooms_next (LIKE rooms INCLUDING ALL, EXCLUDE USING gist (during WITH &&))");

    internal static readonly DdlRule ColumnType = new(
        "PGS009",
        "A change of type rewrites the table",
        "Every row and index is written anew while nobody may read or write.",
        "A new column, a trigger that keeps it equal, a backfill, copies of indexes and constraints, and a swap of names in one short lock.",
        "ALTER TABLE orders ALTER COLUMN id TYPE bigint",
        "ALTER TABLE orders ADD COLUMN id_new bigint");

    internal static readonly DdlRule ColumnTypeIndex = new(
        "PGS010",
        "A change of type rebuilds indexes or verifies checks again",
        "The rows stay, but an index that mentions the column in an expression or condition is built anew, or a CHECK is verified again, under the strongest lock.",
        "Drop the index and build it again CONCURRENTLY after the change; drop the CHECK and add it again NOT VALID.",
        "ALTER TABLE users ALTER COLUMN name TYPE varchar(200) -- with an index on lower(name)",
        "DROP INDEX CONCURRENTLY users_lower_name");

    internal static readonly DdlRule VolatileDefault = new(
        "PGS011",
        "A column with a volatile default rewrites the table",
        "A default such as gen_random_uuid() is computed for every row while nobody may read or write.",
        "Add the column without default, set the default, then fill the old rows in batches.",
        "ALTER TABLE orders ADD COLUMN token uuid DEFAULT gen_random_uuid()",
        "ALTER TABLE orders ADD COLUMN token uuid");

    internal static readonly DdlRule SequenceColumn = new(
        "PGS012",
        "A serial or identity column rewrites the table",
        "Every row gets its number while nobody may read or write.",
        "Add a plain column, create its sequence, set the default, fill the old rows in batches, then make it NOT NULL the safe way.",
        "ALTER TABLE orders ADD COLUMN number bigserial",
        "ALTER TABLE orders ADD COLUMN number bigint");

    internal static readonly DdlRule StoredGenerated = new(
        "PGS013",
        "A stored generated column rewrites the table",
        "Every row is computed and written while nobody may read or write.",
        "A plain column kept by a trigger and filled in batches gives the same reads (the policy GeneratedThroughTrigger plans it so); or a view, an index on the expression, or from PostgreSQL 18 on a virtual column.",
        "ALTER TABLE orders ADD COLUMN gross numeric GENERATED ALWAYS AS (net * 1.2) STORED",
        "ALTER TABLE orders ADD COLUMN gross numeric");

    internal static readonly DdlRule DomainColumn = new(
        "PGS014",
        "A column of a domain with constraints rewrites the table",
        "The server checks the domain for every row and writes it anew, even when the default is NULL.",
        "Add a column of the domain's base type and keep the rule as a CHECK on the table.",
        "ALTER TABLE orders ADD COLUMN country country_code",
        "ALTER TABLE orders ADD COLUMN country text");

    internal static readonly DdlRule InlineConstraint = new(
        "PGS015",
        "A constraint inside ADD COLUMN is verified under the strongest lock",
        "A UNIQUE, CHECK or REFERENCES with a default reads the table, or builds an index, while nobody may read or write.",
        "Add the column first, then the constraint in the safe way.",
        "ALTER TABLE orders ADD COLUMN number int UNIQUE",
        "ALTER TABLE orders ADD COLUMN number int");

    internal static readonly DdlRule Rewrite = new(
        "PGS016",
        "The whole table is written anew",
        "SET LOGGED or UNLOGGED, SET TABLESPACE, SET ACCESS METHOD, CLUSTER and VACUUM FULL copy the table while nobody may read or write.",
        "Build a new table beside it and move the rows, or use a tool that repacks while the application runs; plain VACUUM keeps the space usable.",
        "CLUSTER orders USING orders_customer",
        "VACUUM orders");

    internal static readonly DdlRule AttachPartition = new(
        "PGS017",
        "ATTACH PARTITION reads the new partition, and the default one",
        "The rows of the table, and those of the default partition, are verified against the bounds while they are locked.",
        "Add a CHECK that implies the bounds NOT VALID, VALIDATE it, attach, drop it; the same, turned round, on the default partition.",
        "ALTER TABLE events ATTACH PARTITION events_05 FOR VALUES FROM ('2026-05-01') TO ('2026-06-01')",
        "ALTER TABLE events_05 ADD CONSTRAINT bounds CHECK (at >= '2026-05-01' AND at < '2026-06-01' AND at IS NOT NULL) NOT VALID");

    internal static readonly DdlRule DetachPartition = new(
        "PGS018",
        "DETACH PARTITION stops every query on the parent",
        "It takes ACCESS EXCLUSIVE locks on the parent and the partition.",
        "DETACH PARTITION … CONCURRENTLY, outside a transaction; it is not possible while there is a default partition.",
        "ALTER TABLE events DETACH PARTITION events_01",
        "ALTER TABLE events DETACH PARTITION events_01 CONCURRENTLY");

    internal static readonly DdlRule PartitionedIndex = new(
        "PGS019",
        "An index on a partitioned table is built while writes to all partitions wait",
        "CREATE INDEX on the parent builds the index on every partition in one transaction, and cannot be concurrent.",
        "Create it ON ONLY the parent, build one index per partition CONCURRENTLY, attach them.",
        "CREATE INDEX events_at ON events (at)",
        "CREATE INDEX events_at ON ONLY events (at)");

    internal static readonly DdlRule PartitionOf = new(
        "PGS020",
        "CREATE TABLE … PARTITION OF stops every query on the parent",
        "It takes an ACCESS EXCLUSIVE lock on the parent, and reads the default partition.",
        "Create the table by itself and ATTACH it, which lets reads and writes pass.",
        "CREATE TABLE events_06 PARTITION OF events FOR VALUES FROM ('2026-06-01') TO ('2026-07-01')",
        "CREATE TABLE events_06 (LIKE events INCLUDING ALL)");

    internal static readonly DdlRule DomainConstraint = new(
        "PGS021",
        "A constraint of a domain reads every table that uses it",
        "Rows of all those tables are verified while writes to them wait; NOT VALID helps, but VALIDATE holds the same lock.",
        "Keep the rule as CHECK constraints on the tables.",
        "ALTER DOMAIN country_code ADD CHECK (length(VALUE) = 2)",
        "ALTER TABLE orders ADD CONSTRAINT country CHECK (length(country) = 2) NOT VALID");

    internal static readonly DdlRule Rename = new(
        "PGS022",
        "A new name breaks the programs that are running",
        "Programs of the version before still use the old name and fail from this moment on.",
        "Rename a table through a view of the old name (policy RenameThroughView); give a column a new name by adding a column, filling it and dropping the old one when nobody uses it.",
        "ALTER TABLE orders RENAME TO purchases",
        "CREATE VIEW orders AS SELECT * FROM purchases");

    internal static readonly DdlRule Destructive = new(
        "PGS023",
        "The policy forbids to drop",
        "Data that was dropped is gone, and programs that use it fail.",
        "Override the rule for this statement with a reason, or drop by hand.",
        "DROP TABLE orders",
        "ALTER TABLE orders RENAME TO orders_dropped");

    internal static readonly DdlRule Cascade = new(
        "PGS024",
        "CASCADE drops what the statement does not name",
        "Views, foreign keys of other tables, columns and triggers may go too, and their tables are locked.",
        "Name what is to be dropped, one statement each.",
        "DROP TYPE mood CASCADE",
        "ALTER TABLE people DROP COLUMN mood");

    internal static readonly DdlRule NewTable = new(
        "PGS025",
        "The policy forbids new tables",
        "A team that keeps its set of tables small has said so.",
        "Allow it in the policy, or override the rule for this statement with a reason.",
        "CREATE TABLE extra (id int)",
        "ALTER TABLE orders ADD COLUMN extra jsonb");

    internal static readonly DdlRule MaterializedView = new(
        "PGS026",
        "REFRESH MATERIALIZED VIEW stops its readers",
        "The view cannot be read while its query runs.",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index on the view.",
        "REFRESH MATERIALIZED VIEW totals",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY totals");

    internal static readonly DdlRule MixedStatement = new(
        "PGS027",
        "A long step shares the lock of a strong one",
        "All parts of one ALTER TABLE hold the strongest lock of any of them until the longest is done.",
        "One statement for each part; PgScale splits it.",
        "ALTER TABLE orders VALIDATE CONSTRAINT positive, ALTER COLUMN total SET DEFAULT 0",
        "ALTER TABLE orders VALIDATE CONSTRAINT positive");

    internal static readonly DdlRule SeveralStatements = new(
        "PGS028",
        "Several statements in one text",
        "They would run as one transaction and hold all their locks to its end.",
        "Give one statement at a time, or run the file as a migration.",
        "ALTER TABLE a ADD b int; ALTER TABLE c ADD d int",
        "ALTER TABLE a ADD b int");

    internal static readonly DdlRule TransactionControl = new(
        "PGS029",
        "Transaction control or a session setting",
        "PgScale opens and ends the transactions and sets the limits of its sessions itself.",
        "Leave the statement out.",
        "BEGIN",
        "ALTER TABLE orders ADD COLUMN note text");

    internal static readonly DdlRule NotSchema = new(
        "PGS030",
        "Not a change of the schema",
        "Reads, writes, DO blocks and calls can run for any time and do anything; this judges schema changes.",
        "Run it as a backfill or by hand.",
        "UPDATE orders SET total = 0",
        "ALTER TABLE orders ALTER COLUMN total SET DEFAULT 0");

    internal static readonly DdlRule NotRecognised = new(
        "PGS031",
        "A statement that the judge does not know",
        "What is not understood in full is not run.",
        "Write it in one of the known forms, or run it by hand.",
        "ALTER TABLE orders FROBNICATE",
        "ALTER TABLE orders ADD COLUMN note text");

    internal static readonly DdlRule ServerDisagrees = new(
        "PGS032",
        "The server reads the statement differently",
        "The server's own parser rejects the statement, or sees another object in it than the judge.",
        "Correct the statement; if it is right, report it as a defect of PgScale.",
        "ALTER TABLE orders ADD COLUMN a int b",
        "ALTER TABLE orders ADD COLUMN a int");

    internal static readonly DdlRule NotFound = new(
        "PGS033",
        "An object of the statement is not there, or not what it seems",
        "The statement would fail, or mean another kind of object than it names.",
        "Look at the name, its schema and the search_path.",
        "ALTER TABLE oders ADD COLUMN note text",
        "ALTER TABLE orders ADD COLUMN note text");

    internal static readonly DdlRule InvalidIndex = new(
        "PGS034",
        "IF NOT EXISTS keeps an INVALID index",
        "An index of that name is left over from a build that failed: it costs every write and serves no query.",
        "PgScale drops an INVALID index of that name on that table and builds it again.",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_customer ON orders (customer_id)",
        "DROP INDEX CONCURRENTLY orders_customer");

    internal static readonly DdlRule Truncate = new(
        "PGS035",
        "TRUNCATE removes all rows at once",
        "It takes an ACCESS EXCLUSIVE lock, and the rows are gone on the replicas too.",
        "Delete in batches, or drop a partition; override the rule where it is meant.",
        "TRUNCATE orders",
        "ALTER TABLE orders DETACH PARTITION orders_old CONCURRENTLY");

    internal static readonly DdlRule TypeChange = new(
        "PGS036",
        "A change of a type reaches the tables that use it",
        "Columns of that type are locked, rewritten or refused.",
        "Add a new type and change the columns one by one.",
        "ALTER TYPE address ALTER ATTRIBUTE zip TYPE text CASCADE",
        "CREATE TYPE address_2 AS (zip text)");

    /// <summary>All rules by their id.</summary>
    public static IReadOnlyList<DdlRule> All { get; } =
    [
        CreateIndex, DropIndex, Reindex, SetNotNull, AddCheck, AddForeignKey,
        AddUnique, AddExclusion, ColumnType, ColumnTypeIndex, VolatileDefault, SequenceColumn,
        StoredGenerated, DomainColumn, InlineConstraint, Rewrite, AttachPartition, DetachPartition,
        PartitionedIndex, PartitionOf, DomainConstraint, Rename, Destructive, Cascade,
        NewTable, MaterializedView, MixedStatement, SeveralStatements, TransactionControl, NotSchema,
        NotRecognised, ServerDisagrees, NotFound, InvalidIndex, Truncate,
        TypeChange,
    ];

    /// <summary>The rule of an id such as <c>PGS001</c>, or null.</summary>
    /// <param name="id">The id, in any case.</param>
    public static DdlRule? Find(string id) => All.FirstOrDefault(rule => string.Equals(rule.Id, id, StringComparison.OrdinalIgnoreCase));
}
