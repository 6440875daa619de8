namespace PgScale.Benchmarks.Buffering;

/// <summary>What counting cost in one round.</summary>
/// <param name="HitsPerSecond">Hits from the first to their last commit.</param>
/// <param name="WalBytes">Bytes of WAL for a hit.</param>
/// <param name="RowUpdates">Row updates for 100,000 hits, as the server counts them.</param>
/// <param name="DeadRows">Dead rows left by 100,000 hits.</param>
/// <param name="Unexpected">Row updates more or fewer than one for each hit (by hand) or for each key of each flush.</param>
/// <param name="Miscounted">Sum over all keys of the difference between the stored and the true count.</param>
internal sealed record CounterSample(double HitsPerSecond, double WalBytes, double RowUpdates, double DeadRows, double Unexpected, double Miscounted);
