namespace PgScale.Benchmarks.Buffering;

/// <summary>What an outage did to the items that came meanwhile.</summary>
/// <param name="Lost">Items that are not in the table, refused ones included.</param>
/// <param name="Twice">Rows too many.</param>
/// <param name="LongestMilliseconds">The longest time that a caller was held up.</param>
/// <param name="CatchUpSeconds">From the server's return until everything was written.</param>
/// <param name="CountedMegabytes">What the buffer counted towards its bound at the end of the outage.</param>
/// <param name="HeapMegabytes">What the heap had grown by then.</param>
internal sealed record OutageSample(
    double Lost, double Twice, double LongestMilliseconds, double CatchUpSeconds, double CountedMegabytes, double HeapMegabytes);
