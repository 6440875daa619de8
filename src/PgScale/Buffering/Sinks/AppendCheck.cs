namespace PgScale.Buffering.Sinks;

/// <summary>Compares what an append writes with the table.</summary>
internal static class AppendCheck
{
    internal static AppendTypes Check<T>(TableName table, Column<T>[] columns, TableShape shape)
    {
        var found = columns.Select(column => Find(table.Given, shape, column.Name)).ToList();
        RequireOthersFilled(table.Given, shape, [.. found.Select(column => column.Name)]);
        return found.Find(column => column.IsArray) is { } array && shape.HasRowSecurity
            ? throw BufferMappingException.Of(table.Given, array.Name, "is an array, which can only be sent by COPY, and row level security of the table applies to this role, which COPY does not work with. Use a role with BYPASSRLS, or a delegate as the sink.")
            : new([.. found.Select(column => column.Type)], [.. found.Select(column => column.TypeId)], !found.Exists(column => column.IsArray), !shape.HasRowSecurity);
    }

    /// <summary>A column that can be written to.</summary>
    internal static TableColumn Find(string table, TableShape shape, string name) => !shape.Columns.TryGetValue(name, out var column)
        ? throw BufferMappingException.Of(table, name, $"does not exist. Use one of {string.Join(", ", shape.Columns.Keys.Order(StringComparer.Ordinal))}; names count upper and lower case.")
        : column.IsGenerated
            ? throw BufferMappingException.Of(table, name, "is GENERATED ALWAYS: the server fills it. Leave it out of the mapping.")
            : column;

    /// <summary>Refuses a mapping that leaves out what the server cannot fill.</summary>
    internal static void RequireOthersFilled(string table, TableShape shape, HashSet<string> mapped)
    {
        foreach (var column in shape.Columns.Values)
        {
            if (column is { IsNotNull: true, IsFilled: false, IsGenerated: false } && !mapped.Contains(column.Name))
            {
                throw BufferMappingException.Of(table, column.Name, "is NOT NULL, has no default and is not mapped, so that no row can be inserted. Map it, or give it a default.");
            }
        }
    }
}
