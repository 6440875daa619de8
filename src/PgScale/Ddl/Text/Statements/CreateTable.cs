namespace PgScale.Ddl.Text.Statements;

/// <summary>CREATE TABLE with columns.</summary>
internal sealed record CreateTable(SqlName Table, bool IfNotExists, bool Temporary) : DdlStatement("CREATE TABLE")
{
    public IReadOnlyList<ColumnDefinition> Columns { get; init; } = [];

    public IReadOnlyList<Constraint> Constraints { get; init; } = [];

    public IReadOnlyList<SqlName> Like { get; init; } = [];

    public IReadOnlyList<SqlName> Inherits { get; init; } = [];

    public SqlName? PartitionOf { get; init; }

    /// <summary>FOR VALUES … or DEFAULT.</summary>
    public string Bound { get; init; } = "";

    /// <summary>What stands behind the columns and bounds: PARTITION BY, WITH and TABLESPACE.</summary>
    public string Tail { get; init; } = "";

    public bool HasOwnElements { get; init; }
}
