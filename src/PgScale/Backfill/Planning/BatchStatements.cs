using System.Text.RegularExpressions;

namespace PgScale.Backfill.Planning;

/// <summary>The SQL of one definition and stage: made once, sent with each batch.</summary>
/// <remarks>Parameters of every statement on rows: $1 the lower bound (left out at the beginning of the table), $2 the upper one.</remarks>
internal sealed partial class BatchStatements
{
    private readonly BackfillDefinition _definition;
    private readonly BackfillTable _table;
    private readonly string? _filter;

    internal BatchStatements(BackfillDefinition definition, BackfillTable table, string? filter)
    {
        _definition = definition;
        _table = table;
        _filter = filter;
    }

    internal bool IsWork => _definition.Work is not null;

    internal Task<long> WorkAsync(BackfillBatch batch, CancellationToken cancellationToken) => _definition.Work!(batch, cancellationToken);

    private KeysetOrder Key => _table.Key;

    /// <summary>Changes the rows of a batch. $3 and $4 are the stripe and the number of stripes, when it is striped.</summary>
    internal string Apply(RowScope scope)
    {
        if (_definition.Statement is { } statement)
        {
            return Placeholder().Replace(statement, match => $"({Rows(match.Groups["alias"].Value, scope)})");
        }

        var set = string.Join(", ", _definition.Set.Select(column => $"{Sql.Quote(column.Key)} = ({column.Value})"));
        return $"UPDATE {_table.Quoted} AS t SET {set} WHERE {Rows("t", scope)}{Guard}";
    }

    /// <summary>Locks the rows of a batch in the order of the key and returns their keys.</summary>
    internal string LockKeys(RowScope scope) =>
        $"SELECT {string.Join(", ", Key.Columns.Select(column => $"t.{column.Quoted}"))} FROM {_table.Quoted} AS t WHERE {Rows("t", scope)}{Guard} ORDER BY {Key.OrderBy("t")} FOR NO KEY UPDATE OF t";

    /// <summary>The bound that lies so many rows (the parameter $3) behind another one, within the range; no row when fewer are left.</summary>
    internal string NextBound(RowScope scope) =>
        $"SELECT {Key.Value("t")} FROM {_table.Quoted} AS t WHERE {Rows("t", scope, filtered: false)} ORDER BY {Key.OrderBy("t")} OFFSET $3 - 1 LIMIT 1";

    /// <summary>The key that so many rows (the parameter $1) lie behind; no row when there are fewer.</summary>
    internal string RecentKey => $"{LastKey} OFFSET $1";

    internal string LastKey => $"SELECT {Key.Value("t")} FROM {_table.Quoted} AS t ORDER BY {Key.OrderBy("t", " DESC")} LIMIT 1";

    /// <summary>Keys that cut the table into parts of about equal size, from a sample.</summary>
    internal string Cuts(double percent) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"""
        SELECT k FROM (
            SELECT {Key.Value("t")} AS k, pg_catalog.row_number() OVER (ORDER BY {Key.OrderBy("t")}) AS n, pg_catalog.count(*) OVER () AS total
            FROM {_table.Quoted} AS t TABLESAMPLE SYSTEM ({percent:0.######}) WHERE {Key.UpTo("t", "$2::text[]")}) sample
        WHERE n * $1 / total > (n - 1) * $1 / total AND n < total ORDER BY n
        """);

    /// <summary>A few rows with what is and what would be.</summary>
    internal string Sample
    {
        get
        {
            var columns = _definition.Set.Select(column => $"t.{Sql.Quote(column.Key)}::text, ({column.Value})::text");
            return $"SELECT {Key.Value("t")}, ARRAY[{string.Join(", ", columns)}] FROM {_table.Quoted} AS t WHERE true{Guard} ORDER BY {Key.OrderBy("t")} LIMIT 10";
        }
    }

    internal string CountLeft => $"SELECT pg_catalog.count(*) FROM {_table.Quoted} AS t WHERE true{Guard}";

    private string Guard => _definition.Where is { } where ? $" AND ({where})" : "";

    private string Rows(string alias, RowScope scope, bool filtered = true)
    {
        var rows = scope switch
        {
            _ when scope.HasFlag(RowScope.Listed) => Key.ListStripe(alias, "$1", "$2", "$3", "$4"),
            RowScope.FromStart or RowScope.FromStart | RowScope.Striped => Key.UpTo(alias, "$2::text[]"),
            RowScope.One => Key.Is(alias, "$2::text[]"),
            _ => $"{Key.After(alias, "$1::text[]")} AND {Key.UpTo(alias, "$2::text[]")}",
        };
        if (scope.HasFlag(RowScope.Striped) && !scope.HasFlag(RowScope.Listed))
        {
            rows += $" AND {Key.InStripe(alias, "$3", "$4")}";
        }

        return _filter is null || !filtered ? rows : $"{rows} AND ({_filter})";
    }

    [GeneratedRegex(@"\{batch(?::(?<alias>[^}]+))?\}", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Placeholder();
}
