namespace PgScale.Buffering.Sinks;

/// <summary>Compares what a merge writes with the table.</summary>
internal static class MergeCheck
{
    /// <summary>The type in which a column's values are sent.</summary>
    internal static string TypeSent(string table, string column, string type, string? sent) =>
        sent is "numeric" or "double precision" && type is ("smallint" or "integer" or "bigint")
            ? throw BufferMappingException.Of(table, column, $"is of type {type}, into which Sum would round what it adds at each flush. Select a long, or make the column numeric.")
            : sent ?? type;

    /// <summary>The types of the key's columns and of the merged ones.</summary>
    internal static string[] Check(string table, IReadOnlyList<string> key, IReadOnlyList<string> merged, bool insertsMissing, TableShape shape)
    {
        var columns = key.Concat(merged).Select(name => AppendCheck.Find(table, shape, name)).ToList();
        foreach (var column in columns)
        {
            if (column.IsArray)
            {
                throw BufferMappingException.Of(table, column.Name, "is an array, which cannot be merged. Use a delegate as the sink, or another type.");
            }

            if (column.ComparesLoosely && key.Contains(column.Name, StringComparer.Ordinal))
            {
                throw BufferMappingException.Of(
                    table, column.Name, $"({column.Type}) finds texts equal that differ, so two keys could mean one row. Use another key, or a column of type text with a deterministic collation.");
            }
        }

        if (!shape.UniqueKeys.Any(unique => unique.Length == key.Count && unique.All(name => key.Contains(name, StringComparer.Ordinal))))
        {
            var names = string.Join(", ", key.Select(TableName.Quote));
            throw BufferMappingException.Of(table, $"has no unique index on ({names}), so that a key is not one row. Create one: CREATE UNIQUE INDEX CONCURRENTLY ON {table} ({names}); or choose another key.");
        }

        if (insertsMissing)
        {
            AppendCheck.RequireOthersFilled(table, shape, [.. columns.Select(column => column.Name)]);
        }

        return [.. columns.Select(column => column.Type)];
    }
}
