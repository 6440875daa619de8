namespace PgScale.Benchmarks.Baselines;

/// <summary>What one room measured, and where, when it was accepted.</summary>
internal sealed record RoomBaseline(IReadOnlyDictionary<string, string> Facts, IReadOnlyList<BaselineRow> Rows);
