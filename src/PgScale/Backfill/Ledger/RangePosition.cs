namespace PgScale.Backfill.Ledger;

/// <summary>How far a range is done: everything up to the cursor, and of the stretch behind it the stripes before this one, and this one up to its own cursor.</summary>
/// <remarks>It is written in the transaction of the batch that it counts, so it says exactly what was committed.</remarks>
internal sealed record RangePosition(string[]? Cursor, string[]? StretchUpper = null, int Stripes = 0, int Stripe = 0, string[]? StripeCursor = null)
{
    internal bool IsStriped => Stripes > 0;

    /// <summary>The bound behind which the next batch begins; null for the beginning of the table.</summary>
    internal string[]? Lower => IsStriped ? StripeCursor ?? Cursor : Cursor;

    internal RangePosition BeginStretch(string[] upper, int stripes) => new(Cursor, upper, stripes);

    /// <summary>The position after a batch up to a bound.</summary>
    internal RangePosition After(string[] upper)
    {
        if (!IsStriped)
        {
            return new(upper);
        }

        return !upper.AsSpan().SequenceEqual(StretchUpper) ? this with { StripeCursor = upper }
            : Stripe + 1 < Stripes ? this with { Stripe = Stripe + 1, StripeCursor = null }
            : new(StretchUpper);
    }
}
