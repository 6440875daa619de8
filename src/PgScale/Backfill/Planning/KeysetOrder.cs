using System.Collections.Immutable;

namespace PgScale.Backfill.Planning;

/// <summary>The order of a key in SQL. Bounds are the server's own text of the values and only the server compares them.</summary>
/// <remarks>
/// A bound travels as one <c>text[]</c> and is cast back column by column, so that any type works under its own collation. Several columns
/// are compared as a row, which a btree index serves as one condition (PostgreSQL manual, "Row and Array Comparisons").
/// </remarks>
internal sealed class KeysetOrder(ImmutableArray<KeyColumn> columns)
{
    internal ImmutableArray<KeyColumn> Columns { get; } = columns;

    /// <summary>The key's values as <c>text[]</c>.</summary>
    internal string Value(string alias) => $"ARRAY[{Join(column => $"{Of(alias, column)}::text")}]";

    internal string OrderBy(string alias, string direction = "") => Join(column => Of(alias, column) + direction);

    /// <summary>Behind the bound in the parameter.</summary>
    internal string After(string alias, string parameter) => Compare(alias, ">", parameter);

    /// <summary>Up to the bound in the parameter, which is included.</summary>
    internal string UpTo(string alias, string parameter) => Compare(alias, "<=", parameter);

    internal string Is(string alias, string parameter) => Compare(alias, "=", parameter);

    /// <summary>Every <c>stripes</c>-th row, the same ones each time that it is asked.</summary>
    internal string InStripe(string alias, string stripe, string stripes) => Columns is [{ Type: "bigint" or "integer" or "smallint" } number]
        ? $"pg_catalog.abs({Of(alias, number)} % {stripes}) = {stripe}"
        : $"pg_catalog.abs(pg_catalog.hashtextextended({Value(alias)}::text, 0) % {stripes}) = {stripe}";

    private static string Of(string alias, KeyColumn column) => alias.Length == 0 ? column.Quoted : $"{alias}.{column.Quoted}";

    private string Compare(string alias, string comparison, string parameter) =>
        $"({Join(column => Of(alias, column))}) {comparison} ({string.Join(", ", Columns.Select((column, index) => $"({parameter})[{index + 1}]::{column.Type}"))})";

    private string Join(Func<KeyColumn, string> show) => string.Join(", ", Columns.Select(show));
}
