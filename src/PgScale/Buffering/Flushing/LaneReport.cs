using PgScale.Cluster;

namespace PgScale.Buffering.Flushing;

/// <summary>What became of the rows of a batch.</summary>
internal sealed class LaneReport
{
    internal long Rows { get; private set; }

    internal long DeadLetters { get; private set; }

    internal long Unmatched { get; private set; }

    internal ConsistencyToken Token { get; private set; }

    internal void Wrote(int rows, ConsistencyToken token, long unmatched = 0)
    {
        Unmatched += unmatched;
        Rows += rows;
        Token = token;
    }

    internal void Refused() => DeadLetters++;
}
