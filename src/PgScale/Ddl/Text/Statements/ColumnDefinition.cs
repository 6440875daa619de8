namespace PgScale.Ddl.Text.Statements;

/// <summary>A column of CREATE TABLE or ADD COLUMN.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Words">What stands between type and constraints: COLLATE, STORAGE, COMPRESSION.</param>
/// <param name="Constraints">Its constraints in their order.</param>
internal sealed record ColumnDefinition(string Name, SqlType Type, string Words, IReadOnlyList<Constraint> Constraints)
{
    public Constraint? Find(ConstraintKind kind) => Constraints.FirstOrDefault(constraint => constraint.Kind == kind);

    public bool Has(ConstraintKind kind) => Find(kind) is not null;
}
