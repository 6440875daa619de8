namespace PgScale.Benchmarks.Harness;

/// <summary>One turn of one side. What a warm-up returns is thrown away.</summary>
internal sealed record Round(int Number, TimeSpan Duration, CancellationToken CancellationToken)
{
    public bool IsWarmUp => Number == 0;
}
