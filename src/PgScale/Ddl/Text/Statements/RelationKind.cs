namespace PgScale.Ddl.Text.Statements;

/// <summary>What a statement calls the relation that it names; the server lets ALTER TABLE name most of them.</summary>
internal enum RelationKind
{
    Table,
    Index,
    View,
    MaterializedView,
    Sequence,
    ForeignTable,
}
