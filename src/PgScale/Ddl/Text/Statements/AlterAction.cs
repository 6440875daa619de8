namespace PgScale.Ddl.Text.Statements;

/// <summary>One part of an ALTER TABLE.</summary>
/// <param name="Text">As written.</param>
internal abstract record AlterAction(string Text)
{
    internal sealed record AddColumn(string Text, ColumnDefinition Column, bool IfNotExists) : AlterAction(Text);

    internal sealed record DropColumn(string Text, string Column, bool IfExists, bool Cascade) : AlterAction(Text);

    internal sealed record ColumnType(string Text, string Column, SqlType Type, SqlName? Collation, SqlExpression? Using) : AlterAction(Text);

    internal sealed record SetNotNull(string Text, string Column) : AlterAction(Text);

    internal sealed record AddConstraint(string Text, Constraint Constraint) : AlterAction(Text);

    internal sealed record ValidateConstraint(string Text, string Name) : AlterAction(Text);

    internal sealed record DropConstraint(string Text, string Name, bool IfExists, bool Cascade) : AlterAction(Text);

    internal sealed record AttachPartition(string Text, SqlName Partition, string Bound, bool IsDefault) : AlterAction(Text);

    internal sealed record DetachPartition(string Text, SqlName Partition, bool Concurrently, bool Finalize) : AlterAction(Text);

    internal sealed record AttachIndex(string Text, SqlName Index) : AlterAction(Text);

    internal sealed record Inherit(string Text, SqlName Parent, bool Add) : AlterAction(Text);

    internal sealed record OwnedBy(string Text, SqlName Table) : AlterAction(Text);

    /// <summary>SET LOGGED, TABLESPACE, ACCESS METHOD: the whole relation is copied.</summary>
    internal sealed record Copy(string Text, string What) : AlterAction(Text);

    /// <summary>An action that changes nothing but the catalog and takes a lock that is known.</summary>
    internal sealed record Plain(string Text, DdlLockMode Mode) : AlterAction(Text);
}
