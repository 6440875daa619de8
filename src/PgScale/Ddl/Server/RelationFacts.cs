using PgScale.Ddl.Text;

namespace PgScale.Ddl.Server;

/// <summary>What the catalog says about a relation. Immutable.</summary>
internal sealed record RelationFacts(uint Oid, SqlName Name, char Kind, char Persistence, bool IsPartition, long Bytes)
{
    public IReadOnlyList<ColumnFacts> Columns { get; init; } = [];

    /// <summary>Its own constraints.</summary>
    public IReadOnlyList<ConstraintFacts> Constraints { get; init; } = [];

    /// <summary>Foreign keys of other tables that refer to it.</summary>
    public IReadOnlyList<ConstraintFacts> ReferencedBy { get; init; } = [];

    public IReadOnlyList<IndexFacts> Indexes { get; init; } = [];

    /// <summary>Children and partitions at any depth.</summary>
    public IReadOnlyList<RelationFacts> Descendants { get; init; } = [];

    /// <summary>The parent, of a descendant.</summary>
    public uint ParentOid { get; init; }

    /// <summary>Parents, the nearest first.</summary>
    public IReadOnlyList<SqlName> Ancestors { get; init; } = [];

    /// <summary>The default partition of a partitioned table.</summary>
    public RelationFacts? DefaultPartition { get; init; }

    /// <summary>The table of an index; null for anything else.</summary>
    public RelationFacts? IndexedTable { get; init; }

    /// <summary>PARTITION BY …, of a partitioned table.</summary>
    public string PartitionKey { get; init; } = "";

    /// <summary>FOR VALUES … or DEFAULT, of a partition.</summary>
    public string Bound { get; init; } = "";

    /// <summary>Sequences that go with one of its columns.</summary>
    public IReadOnlyList<(SqlName Sequence, short Column)> OwnedSequences { get; init; } = [];

    /// <summary>Rights on it that a view can have, as GRANT writes them with {0} for the relation.</summary>
    public IReadOnlyList<string> Grants { get; init; } = [];

    /// <summary>Whether policies decide who sees which rows.</summary>
    public bool HasRowSecurity { get; init; }

    public string? AccessMethod { get; init; }

    public string? Tablespace { get; init; }

    /// <summary>Whether views or rules depend on it.</summary>
    public bool HasDependentViews { get; init; }

    /// <summary>The name of the last BEFORE trigger for rows in the order in which they run, or null.</summary>
    public string? LastTrigger { get; init; }

    public bool IsTable => Kind is 'r' or 'p' or 'f';

    public bool IsPartitioned => Kind is 'p' or 'I';

    /// <summary>Its own bytes and those of all descendants.</summary>
    public long TotalBytes => Bytes + Descendants.Sum(child => child.Bytes);

    /// <summary>It and its descendants.</summary>
    public IEnumerable<RelationFacts> Tree => Descendants.Prepend(this);

    public ColumnFacts? Column(string name) => Columns.FirstOrDefault(column => string.Equals(column.Name, name, StringComparison.Ordinal));

    public ConstraintFacts? Constraint(string name) => Constraints.FirstOrDefault(constraint => string.Equals(constraint.Name, name, StringComparison.Ordinal));

    /// <summary>The columns of a unique key that is never null, the primary key first; empty when there is none.</summary>
    public IReadOnlyList<string> Key => Indexes
        .Where(index => index is { Unique: true, Valid: true, HasExpressions: false, HasCondition: false } && index.Keys.All(key => Column(key) is { NotNull: true }))
        .OrderByDescending(index => index.Primary).ThenBy(index => index.Keys.Count)
        .Select(index => index.Keys).FirstOrDefault() ?? [];
}
