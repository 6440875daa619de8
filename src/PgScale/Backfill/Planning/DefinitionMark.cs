using System.Security.Cryptography;
using System.Text;

namespace PgScale.Backfill.Planning;

/// <summary>What tells two definitions apart: the position of one must never be used for another. Code and pace do not count.</summary>
internal static class DefinitionMark
{
    internal static string Of(BackfillDefinition definition, BackfillTable table)
    {
        var text = new StringBuilder();
        Add(table.Quoted);
        Add([.. table.Key.Columns.Select(column => column.Name)]);
        foreach (var (column, value) in definition.Set.OrderBy(column => column.Key, StringComparer.Ordinal))
        {
            Add(column, value);
        }

        Add(definition.Where, definition.Statement, definition.Work is null ? "" : "work");
        foreach (var stage in definition.Stages)
        {
            Add(stage.Name, stage.Where);
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));

        // Each part with its length, so that two parts cannot look like other two.
        void Add(params ReadOnlySpan<string?> parts)
        {
            foreach (var part in parts)
            {
                text.Append(part?.Length ?? -1).Append(':').Append(part).Append(';');
            }
        }
    }
}
