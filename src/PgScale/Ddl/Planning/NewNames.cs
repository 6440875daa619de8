using System.Text;

namespace PgScale.Ddl.Planning;

/// <summary>
/// Names for what a statement leaves nameless, as the server would choose them (ChooseIndexName, ChooseConstraintName and makeObjectName
/// of indexcmds.c), so that the schema after a plan is that after the statement.
/// </summary>
internal sealed class NewNames(IReadOnlySet<string> taken)
{
    private const int MaxBytes = 63;

    private readonly HashSet<string> _given = new(StringComparer.Ordinal);

    /// <summary>table_columns_label, with a number when that is taken.</summary>
    public string Choose(string table, IEnumerable<string?> columns, string label)
    {
        var addition = Join(columns);
        for (var pass = 0; ; pass++)
        {
            var name = Make(table, addition, pass == 0 ? label : $"{label}{pass}");
            if (!taken.Contains(name) && _given.Add(name))
            {
                return name;
            }
        }
    }

    /// <summary>A name of ours for what a plan makes and takes away again.</summary>
    public string Temporary(string table, string column, string label) => Choose(table, [column], "pgs_" + label);

    private static string Join(IEnumerable<string?> columns)
    {
        StringBuilder joined = new();
        foreach (var column in columns)
        {
            joined.Append(joined.Length > 0 ? "_" : "").Append(column ?? "expr");
            if (Bytes(joined.ToString()) >= MaxBytes + 1)
            {
                break;
            }
        }

        return joined.ToString();
    }

    private static string Make(string first, string second, string label)
    {
        var room = MaxBytes - Bytes(label) - 1 - (second.Length > 0 ? 1 : 0);
        while (Bytes(first) + Bytes(second) > room)
        {
            if (Bytes(first) > Bytes(second))
            {
                first = Shorter(first);
            }
            else
            {
                second = Shorter(second);
            }
        }

        return second.Length > 0 ? $"{first}_{second}_{label}" : $"{first}_{label}";
    }

    private static string Shorter(string name) => name[..^(name.Length > 1 && char.IsLowSurrogate(name[^1]) ? 2 : 1)];

    private static int Bytes(string name) => Encoding.UTF8.GetByteCount(name);
}
