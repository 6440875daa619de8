namespace PgScale.Ddl.Text;

/// <summary>What was seen while an expression was read.</summary>
internal sealed class SqlExpressionParts
{
    public List<SqlName> Functions { get; } = [];

    public List<string> Columns { get; } = [];

    public List<SqlType> Casts { get; } = [];

    public bool HasQuery { get; set; }
}
