using PgScale.Ddl.Text;

namespace PgScale.Ddl.Server;

/// <summary>What the catalog says about an index.</summary>
internal sealed record IndexFacts(SqlName Name, string Definition)
{
    public uint Oid { get; init; }

    public bool Unique { get; init; }

    /// <summary>Its tablespace, unless it is the database's.</summary>
    public string? Tablespace { get; init; }

    public bool Primary { get; init; }

    public bool Valid { get; init; }

    public bool HasExpressions { get; init; }

    public bool HasCondition { get; init; }

    /// <summary>What stands behind the table's name when it is made: method, keys, conditions, tablespace.</summary>
    public string Words => Tablespace is null ? IndexText.Behind(Definition) : IndexText.WithTablespace(IndexText.Behind(Definition), Tablespace);

    /// <summary>The constraint that it serves, or null.</summary>
    public string? Constraint { get; init; }

    /// <summary>The columns of its key; empty names stand for expressions.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>The numbers of all columns in it, those of expressions and condition included.</summary>
    public IReadOnlyList<short> Uses { get; init; } = [];
}
