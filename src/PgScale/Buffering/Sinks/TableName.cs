using System.Text;

namespace PgScale.Buffering.Sinks;

/// <summary>The name of a table as the user wrote it, <c>table</c> or <c>schema.table</c>, quoted where it is sent.</summary>
internal sealed class TableName
{
    private TableName(string given, string quoted)
    {
        Given = given;
        Quoted = quoted;
    }

    /// <summary>As written.</summary>
    internal string Given { get; }

    /// <summary>As an SQL identifier.</summary>
    internal string Quoted { get; }

    /// <summary>Reads a name; parts that hold a dot or a quote are written in double quotes, as in SQL.</summary>
    /// <exception cref="ArgumentException">It is empty, or has more than two parts.</exception>
    internal static TableName Parse(string name)
    {
        var parts = Split(name);
        return parts.Count is 1 or 2 && parts.TrueForAll(part => part.Length > 0)
            ? new(name, string.Join('.', parts.Select(Quote)))
            : throw new ArgumentException($"'{name}' is not the name of a table. Write table or schema.table.", nameof(name));
    }

    internal static string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static List<string> Split(string name)
    {
        List<string> parts = [];
        StringBuilder part = new();
        var isQuoted = false;
        foreach (var character in name)
        {
            if (character == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (character == '.' && !isQuoted)
            {
                parts.Add(part.ToString());
                part.Clear();
            }
            else
            {
                part.Append(character);
            }
        }

        parts.Add(part.ToString());
        return parts;
    }
}
