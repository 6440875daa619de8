namespace PgScale.Ddl.Text;

/// <summary>The type of a column as it was written.</summary>
/// <param name="Text">As written.</param>
/// <param name="Name">The type's own name as the catalog has it where that is known (<c>int4</c> for <c>integer</c>), without schema, modifiers and brackets.</param>
/// <param name="Schema">The schema, or null.</param>
/// <param name="Modifiers">The numbers in brackets.</param>
/// <param name="IsArray">Whether it is an array.</param>
internal sealed record SqlType(string Text, string Name, string? Schema, IReadOnlyList<string> Modifiers, bool IsArray)
{
    /// <summary>Whether it is one of the pseudo types that make a sequence.</summary>
    public bool IsSerial => Schema is null && !IsArray && SerialBase is not null;

    /// <summary>The integer type behind a serial one.</summary>
    public string? SerialBase => Name switch
    {
        "serial" or "serial4" => "integer",
        "bigserial" or "serial8" => "bigint",
        "smallserial" or "serial2" => "smallint",
        _ => null,
    };

    /// <summary>Whether the type came with PostgreSQL and its name says so; any other may be a domain.</summary>
    public bool IsBuiltIn => Schema is null or "pg_catalog" && SqlBuiltIn.Types.Contains(Name);
}
