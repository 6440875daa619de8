namespace PgScale.Backfill.Planning;

/// <summary>A column of the key: its name as a quoted identifier and its type as SQL casts to it.</summary>
internal sealed record KeyColumn(string Name, string Type)
{
    internal string Quoted => Sql.Quote(Name);
}
