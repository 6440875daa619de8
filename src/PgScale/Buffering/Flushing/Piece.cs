using PgScale.Buffering.Sinks;

namespace PgScale.Buffering.Flushing;

/// <summary>A part of a batch that is still to be written, together with the dead letters of those of its rows that are bad.</summary>
/// <param name="Range">Its rows.</param>
/// <param name="Bad">Those of them that were refused, in order.</param>
internal sealed record Piece(RowRange Range, IReadOnlyList<BadRow> Bad)
{
    internal Piece(RowRange range)
        : this(range, [])
    {
    }

    /// <summary>Whether a bad row is being looked for in it.</summary>
    internal bool IsSuspect { get; init; }

    /// <summary>The constraint whose breaches the server was asked for already.</summary>
    internal string? Asked { get; init; }

    /// <summary>The rows to write.</summary>
    internal RowSet Rows => new(Range, [.. Bad.Select(bad => bad.Row)]);

    internal Piece Before(int row) => this with { Range = new(Range.From, row), Bad = [.. Bad.Where(bad => bad.Row < row)] };

    internal Piece From(int row) => this with { Range = new(row, Range.End), Bad = [.. Bad.Where(bad => bad.Row >= row)] };

    /// <summary>The same without a row that was refused.</summary>
    internal Piece Without(BadRow bad) => this with { Bad = [.. Bad.Append(bad).OrderBy(known => known.Row)] };
}
