namespace PgScale.Buffering.Sinks;

/// <summary>Rows of a batch, from the first up to but without the end.</summary>
internal readonly record struct RowRange(int From, int End)
{
    internal int Count => End - From;

    internal int Middle => From + (Count / 2);

    internal RowRange Before(int row) => new(From, row);

    internal RowRange After(int row) => new(row + 1, End);
}
