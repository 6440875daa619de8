namespace PgScale.Buffering.Flushing;

/// <summary>The dead-letter target refused a dead letter.</summary>
internal sealed class LetterRefusedException(int row, Exception inner) : Exception("The dead-letter target refused a dead letter.", inner)
{
    internal int Row { get; } = row;
}
