using System.Collections.Immutable;
using System.Globalization;

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
    internal string InStripe(string alias, string stripe, string stripes) => IsWholeNumber
        ? $"pg_catalog.abs({Of(alias, Columns[0])} % {stripes}) = {stripe}"
        : $"pg_catalog.abs(pg_catalog.hashtextextended({Value(alias)}::text, 0) % {stripes}) = {stripe}";

    /// <summary>The keys of a stripe between two bounds, where keys are whole numbers above zero: nobody has to read the rows of the other stripes.</summary>
    internal string ListStripe(string alias, string lower, string upper, string stripe, string stripes)
    {
        var first = $"{Bound(lower)} + 1 + (({stripe} - ({Bound(lower)} + 1) % {stripes}) + {stripes}) % {stripes}";
        return $"{Of(alias, Columns[0])} = ANY (ARRAY(SELECT g::{Columns[0].Type} FROM pg_catalog.generate_series({first}, {Bound(upper)}, {stripes}) AS g))";

        static string Bound(string parameter) => $"({parameter}::text[])[1]::bigint";
    }

    /// <summary>How many keys there may be between two bounds, both above zero; null when keys are not whole numbers.</summary>
    internal long? Span(string[] lower, string[] upper) =>
        IsWholeNumber && long.TryParse(lower[0], NumberStyles.None, CultureInfo.InvariantCulture, out var from) && long.TryParse(upper[0], NumberStyles.None, CultureInfo.InvariantCulture, out var to)
            ? to - from
            : null;

    private bool IsWholeNumber => Columns is [{ Type: "bigint" or "integer" or "smallint" }];

    private static string Of(string alias, KeyColumn column) => alias.Length == 0 ? column.Quoted : $"{alias}.{column.Quoted}";

    private string Compare(string alias, string comparison, string parameter) =>
        $"({Join(column => Of(alias, column))}) {comparison} ({string.Join(", ", Columns.Select((column, index) => $"({parameter})[{index + 1}]::{column.Type}"))})";

    private string Join(Func<KeyColumn, string> show) => string.Join(", ", Columns.Select(show));
}
