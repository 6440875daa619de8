namespace PgScale.Ddl.Text;

/// <summary>The name of an object as the server understands it: folded, truncated and without quotes.</summary>
/// <param name="Schema">The schema, or null when it is found through the search path.</param>
/// <param name="Name">The name.</param>
internal sealed record SqlName(string? Schema, string Name)
{
    /// <summary>The name in the same schema.</summary>
    public SqlName Beside(string name) => this with { Name = name };

    /// <summary>As SQL writes it, in quotes where needed.</summary>
    public override string ToString() => Schema is null ? SqlNames.Quote(Name) : $"{SqlNames.Quote(Schema)}.{SqlNames.Quote(Name)}";
}
