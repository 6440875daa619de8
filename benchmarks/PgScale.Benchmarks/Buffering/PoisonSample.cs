namespace PgScale.Benchmarks.Buffering;

/// <summary>One flush of 10,000 rows.</summary>
/// <param name="Milliseconds">Its time.</param>
/// <param name="Statements">Statements that carried rows, or asked which of them is bad.</param>
/// <param name="Lost">Rows that are neither written nor dead letters, or are both.</param>
internal sealed record PoisonSample(double Milliseconds, double Statements, double Lost);
