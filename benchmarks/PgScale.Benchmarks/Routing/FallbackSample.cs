namespace PgScale.Benchmarks.Routing;

/// <summary>Reads that the primary got, as a multiple of the budget, and the share of Critical reads that were served.</summary>
internal sealed record FallbackSample(double OfBudget, double CriticalPercent);
