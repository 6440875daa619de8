namespace PgScale.Benchmarks.Buffering;

/// <summary>What producers paid in one round.</summary>
/// <param name="MedianNanoseconds">The time of one enqueue, median over blocks of all threads.</param>
/// <param name="Nanoseconds">Time on the clock divided by the entries of all threads, waits for room included.</param>
/// <param name="Bytes">What the threads allocated for one entry.</param>
internal sealed record ProducerSample(double MedianNanoseconds, double Nanoseconds, double Bytes);
