using System.Collections.Immutable;

namespace PgScale.Backfill.Planning;

/// <summary>Finds the key that a definition names, or the primary key, and refuses one that would lose rows or read the table for each batch.</summary>
internal sealed record KeyChoice(IReadOnlyList<TableColumn> Columns, TableIndex Index)
{
    internal static KeyChoice Choose(BackfillDefinition definition, IReadOnlyList<TableColumn> columns, ImmutableArray<TableIndex> indexes)
    {
        var names = definition.Key.Count > 0
            ? definition.Key
            : indexes.FirstOrDefault(index => index.IsPrimary)?.Leading
                ?? throw Refuse($"The table '{definition.Table}' has no primary key. Set Key to columns that are unique and NOT NULL together.");
        var key = names.Select(name => columns.FirstOrDefault(column => string.Equals(column.Name, name, StringComparison.Ordinal))
            ?? throw Refuse($"The table '{definition.Table}' has no column '{name}', which Key names. Names are written as in the catalog, without quotes.")).ToList();
        if (key.Find(column => !column.IsNotNull) is { } nullable)
        {
            throw Refuse($"The key column '{nullable.Name}' may be NULL, and rows without a key would be passed over. Choose NOT NULL columns, or add the constraint.");
        }

        if (!indexes.Any(index => index is { IsUnique: true, IsWhole: true } && index.Leading.All(names.Contains)))
        {
            throw Refuse($"The key ({string.Join(", ", names)}) is not unique: no unique index covers it, so equal keys could be torn between two batches. Add a unique column to Key, such as the primary key.");
        }

        var served = indexes.FirstOrDefault(index => index.IsWhole && index.Leading.Take(names.Count).SequenceEqual(names, StringComparer.Ordinal))
            ?? throw Refuse($"No btree index begins with the key ({string.Join(", ", names)}), so every batch would read the whole table. Create one with CREATE INDEX CONCURRENTLY, or choose another Key.");
        return new(key, served);

        BackfillRefusedException Refuse(string reason) => BackfillRefusedException.For(definition.Name, reason);
    }
}
