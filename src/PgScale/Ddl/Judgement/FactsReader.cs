using Npgsql;
using NpgsqlTypes;
using PgScale.Ddl.Server;
using PgScale.Ddl.Text;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Judgement;

/// <summary>Gathers the facts that a statement's rules ask for.</summary>
internal sealed class FactsReader(NpgsqlConnection connection, CancellationToken cancellationToken)
{
    private const string TakenSql = """
        SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1
        UNION SELECT k.conname FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace WHERE n.nspname = $1
        """;

    // Tables with a column of the type, of an array of it, of a domain over it, and tables made of the type.
    private const string UsersSql = """
        WITH RECURSIVE uses (oid) AS (
          SELECT pg_catalog.to_regtype($1)::oid
          UNION SELECT t.oid FROM pg_catalog.pg_type t JOIN uses u ON t.typbasetype = u.oid OR t.typelem = u.oid)
        SELECT DISTINCT n.nspname, c.relname FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
        JOIN uses u ON u.oid = a.atttypid OR u.oid = c.reloftype
        WHERE c.relkind IN ('r', 'm', 'p')
        """;

    private readonly CatalogReader _catalog = new(connection, cancellationToken);

    /// <summary>Bounds what the reading may wait for: another session may hold a table in its strongest lock right now.</summary>
    public static async Task PrepareAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new("SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '10s'", connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task<StatementFacts> ReadAsync(DdlStatement statement)
    {
        StatementFacts facts = new() { ServerVersion = connection.PostgreSqlVersion.Major };
        foreach (SqlName name in StatementRelations.Of(statement).Distinct())
        {
            facts.Add(name, await _catalog.FindAsync(name).ConfigureAwait(false));
        }

        await TakenAsync(statement, facts).ConfigureAwait(false);
        await TypesAsync(statement, facts).ConfigureAwait(false);
        await ProbeAsync(statement, facts).ConfigureAwait(false);
        return facts;
    }

    private async Task TakenAsync(DdlStatement statement, StatementFacts facts)
    {
        SqlName? table = StatementRelations.Of(statement).FirstOrDefault();
        if (statement is AlterTable or CreateIndex or CreateTable && table is not null && facts.Relation(table) is { } relation)
        {
            foreach (SqlName name in await _catalog.NamesAsync($"SELECT '' AS schema, taken.relname FROM ({TakenSql}) AS taken", (relation.Name.Schema!, NpgsqlDbType.Text)).ConfigureAwait(false))
            {
                facts.TakenNames.Add(name.Name);
            }
        }
    }

    private async Task TypesAsync(DdlStatement statement, StatementFacts facts)
    {
        SqlName? type = statement switch { AlterDomain domain => domain.Domain, AlterType altered => altered.Type, _ => null };
        if (type is null)
        {
            return;
        }

        foreach (SqlName user in await _catalog.NamesAsync(UsersSql, (type.ToString(), NpgsqlDbType.Text)).ConfigureAwait(false))
        {
            if (await _catalog.FindAsync(user).ConfigureAwait(false) is { } table)
            {
                facts.Users.Add(table);
            }
        }
    }

    private async Task ProbeAsync(DdlStatement statement, StatementFacts facts)
    {
        TableProbe probe = new(connection, cancellationToken);
        if (statement is AlterTable alter && facts.Relation(alter.Table) is { IsTable: true } table)
        {
            foreach (AlterAction action in alter.Actions)
            {
                await ProbeActionAsync(probe, table, action, facts).ConfigureAwait(false);
                await ExtrasAsync(table, action, facts).ConfigureAwait(false);
            }
        }
        else if (statement is CreateTable { PartitionOf: { } parent } partition && facts.Relation(parent) is { } partitioned)
        {
            facts.BoundCondition = await probe.BoundConditionAsync(partitioned, partition.Bound).ConfigureAwait(false);
        }
    }

    private async Task ExtrasAsync(RelationFacts table, AlterAction action, StatementFacts facts)
    {
        if (action is AlterAction.ColumnType change && table.Column(change.Column) is { } column)
        {
            facts.Add(action, await new ColumnExtrasReader(connection, cancellationToken).ReadAsync(table, column).ConfigureAwait(false));
        }
    }

    private static async Task ProbeActionAsync(TableProbe probe, RelationFacts table, AlterAction action, StatementFacts facts)
    {
        var tried = action switch
        {
            AlterAction.AddColumn add => BareColumn(add.Column),
            AlterAction.ColumnType or AlterAction.SetNotNull => action.Text,
            _ => null,
        };
        if (tried is not null)
        {
            facts.Add(action, await probe.TryAsync(table, tried).ConfigureAwait(false));
        }
        else if (action is AlterAction.AttachPartition attach && table.Kind == 'p' && facts.Relation(attach.Partition) is { } child)
        {
            facts.Add(action, await probe.TryAttachAsync(table, child, attach.Bound, table.DefaultPartition).ConfigureAwait(false));
            facts.BoundCondition = await probe.BoundConditionAsync(table, attach.Bound, withSiblings: attach.IsDefault).ConfigureAwait(false);
        }
    }

    // Without what names or makes other relations, so that the copy alone is touched.
    private static string BareColumn(ColumnDefinition column)
    {
        IEnumerable<string> words = column.Constraints
            .Where(constraint => constraint.Kind is ConstraintKind.Default or ConstraintKind.Generated or ConstraintKind.Identity or ConstraintKind.NotNull)
            .Select(constraint => constraint.Text);
        return $"ADD COLUMN {SqlNames.Quote(column.Name)} {column.Type.Text} {column.Words} {string.Join(' ', words)}";
    }
}
