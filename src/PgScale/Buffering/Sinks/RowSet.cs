namespace PgScale.Buffering.Sinks;

/// <summary>Rows of a batch: a range, without some that are known to be bad.</summary>
/// <param name="Range">The range.</param>
/// <param name="Without">Rows in it that are left out, in order.</param>
internal readonly record struct RowSet(RowRange Range, IReadOnlyList<int> Without)
{
    internal RowSet(RowRange range)
        : this(range, [])
    {
    }

    internal int Count => Range.Count - Without.Count;

    internal bool IsWhole => Without.Count == 0;

    /// <summary>The row that comes as the so-many-th, counted from 0; null when there are fewer.</summary>
    internal int? At(int index)
    {
        var row = Range.From + index;
        foreach (var missing in Without)
        {
            row += missing <= row ? 1 : 0;
        }

        return index >= 0 && row < Range.End ? row : null;
    }

    /// <summary>What stands at these rows of an array, for one who wants it in a row.</summary>
    internal TValue[] Of<TValue>(TValue[] all)
    {
        var kept = new TValue[Count];
        var (from, at) = (Range.From, 0);
        foreach (var end in Without.Append(Range.End))
        {
            all.AsSpan(from, end - from).CopyTo(kept.AsSpan(at));
            (from, at) = (end + 1, at + end - from);
        }

        return kept;
    }
}
