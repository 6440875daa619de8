namespace PgScale.Ddl;

/// <summary>A lock that a statement takes on a relation.</summary>
/// <param name="Relation">The table, view, index or sequence as SQL writes it: quoted where needed, with its schema where that is known.</param>
/// <param name="Mode">The strongest mode that the statement takes there.</param>
public sealed record DdlLock(string Relation, DdlLockMode Mode)
{
    /// <summary>The mode as <c>pg_locks</c> names it, for example <c>AccessExclusiveLock</c>.</summary>
    public string ServerMode => $"{Mode}Lock";

    /// <summary>The relation and the mode.</summary>
    public override string ToString() => $"{Relation}: {ServerMode}";
}
