namespace PgScale.Backfill.Ledger;

/// <summary>A range that this runner holds, as the checkpoint table had it when it was taken.</summary>
/// <param name="Stage">The stage; the one after the last is the sweep.</param>
/// <param name="Number">The range within the stage.</param>
/// <param name="Epoch">Grows with each runner; a checkpoint with another epoch is refused.</param>
/// <param name="Position">What is done.</param>
/// <param name="Upper">The last key of the range.</param>
internal sealed record RangeClaim(int Stage, int Number, long Epoch, RangePosition Position, string[] Upper);
