using PgScale.Buffering.Sinks;

namespace PgScale.Buffering.Flushing;

/// <summary>A part of a batch that is still to be written.</summary>
/// <param name="Range">Its rows.</param>
/// <param name="IsSuspect">Whether a bad row is being looked for in it.</param>
/// <param name="Poison">Why its one row was refused; null while it may still be written.</param>
internal readonly record struct Piece(RowRange Range, bool IsSuspect, Exception? Poison = null);
