using System.Collections.Immutable;

namespace PgScale.Backfill.Planning;

/// <summary>The table as the server describes it: what a plan and the statements need to know.</summary>
internal sealed record BackfillTable(uint Oid, string Schema, string Name, KeysetOrder Key)
{
    internal string Quoted => $"{Sql.Quote(Schema)}.{Sql.Quote(Name)}";

    /// <summary>Rows as the statistics say; 0 while there are none.</summary>
    internal double Rows { get; init; }

    internal double Pages { get; init; }

    internal int FillFactor { get; init; } = 100;

    internal bool IsPartitioned { get; init; }

    /// <summary>The index that serves the key.</summary>
    internal string? KeyIndex { get; init; }

    /// <summary>How well the heap follows the key, -1 to 1; null when not analysed or when the key has several columns.</summary>
    internal double? Correlation { get; init; }

    internal ImmutableArray<TableIndex> Indexes { get; init; } = [];

    /// <summary>Row triggers that are enabled and not internal.</summary>
    internal ImmutableArray<string> Triggers { get; init; } = [];

    /// <summary>Whether keys come from a sequence: later rows have greater keys, but for those of transactions under way.</summary>
    internal bool KeyGrows { get; init; }

    internal double RowsPerPage => Pages < 1 ? 0 : Rows / Pages;
}
