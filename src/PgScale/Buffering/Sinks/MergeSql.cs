namespace PgScale.Buffering.Sinks;

/// <summary>The statement of a merge. See docs/decisions/0021; with a guard it returns the keys that were left alone, see 0036.</summary>
internal sealed class MergeSql<T>(TableName table, IReadOnlyList<string> key, IReadOnlyList<MergeColumn<T>> columns, MergeGuard<T>? guard, bool insertsMissing)
{
    /// <summary>The name of the column with the numbers, from 1, of rows that the guard has refused; what the table holds is in the next.</summary>
    internal const string Refused = "refused";

    internal string Text => guard is null
        ? Merge(Source(), returning: "")
        : $"""
            WITH given AS MATERIALIZED (SELECT * {Source(" WITH ORDINALITY", ", ordinal")}),
            written AS ({Merge("FROM given", $" RETURNING {Names(key.Select(name => $"target.{TableName.Quote(name)}"))}")})
            SELECT given.ordinal AS {Refused}, {MergeGuard<T>.MicrosecondsSql($"target.{TableName.Quote(guard.Column)}")}
            FROM given {(insertsMissing ? "LEFT JOIN" : "JOIN")} {table.Quoted} AS target ON {Keys("target")}
            WHERE NOT EXISTS (SELECT FROM written WHERE {Keys("written")})
            """;

    private string Merge(string source, string returning) => insertsMissing
        ? $"""
            INSERT INTO {table.Quoted} AS target ({Names(key.Concat(columns.Select(column => column.Name)).Select(TableName.Quote))})
            SELECT {Given("given.")} {source} ORDER BY {Names(key.Select((_, index) => $"given.k{index}"))}
            ON CONFLICT ({Names(key.Select(TableName.Quote))}) DO UPDATE SET {Assignments(name => $"excluded.{TableName.Quote(name)}")}{Guard(" WHERE ", name => $"excluded.{TableName.Quote(name)}")}{returning}
            """
        : $"""
            UPDATE {table.Quoted} AS target SET {Assignments(name => $"given.c{Position(name)}")}
            {source}
            WHERE {Keys("target")}{Guard(" AND ", name => $"given.c{Position(name)}")}{returning}
            """;

    private string Source(string ordinality = "", string ordinal = "") =>
        $"FROM ROWS FROM ({Names(Enumerable.Range(1, key.Count + columns.Count).Select(index => $"pg_catalog.unnest(${index})"))}){ordinality} AS given({Given("")}{ordinal})";

    private string Given(string prefix) => Names(key.Select((_, index) => $"{prefix}k{index}").Concat(columns.Select((_, index) => $"{prefix}c{index}")));

    private string Keys(string side) => string.Join(" AND ", key.Select((name, index) => $"{side}.{TableName.Quote(name)} = given.k{index}"));

    private string Assignments(Func<string, string> given) =>
        Names(columns.Select(column => $"{TableName.Quote(column.Name)} = {column.Combine($"target.{TableName.Quote(column.Name)}", given(column.Name))}"));

    private string Guard(string before, Func<string, string> given) =>
        guard is null ? "" : before + guard.ToSql($"target.{TableName.Quote(guard.Column)}", given(guard.Column));

    private int Position(string name) => columns.ToList().FindIndex(column => column.Name == name);

    private static string Names(IEnumerable<string> names) => string.Join(", ", names);
}
