namespace PgScale.Benchmarks.Harness;

/// <summary>How thoroughly to measure. A benchmark that needs other figures uses <c>run with { Rounds = … }</c>.</summary>
internal sealed record BenchmarkRun
{
    public required string Room { get; init; }

    public bool Quick { get; init; }

    /// <summary>The one part of the room to measure; null for all.</summary>
    public string? Part { get; init; }

    public int Rounds { get; init; }

    public TimeSpan RoundTime { get; init; }

    public Action<string> Progress { get; init; } = static _ => { };

    public CancellationToken CancellationToken { get; init; }

    public bool Wants(string part) => Part is null || string.Equals(Part, part, StringComparison.OrdinalIgnoreCase);

    public static BenchmarkRun Create(string room, bool quick, Action<string> progress, CancellationToken cancellationToken) => new()
    {
        Room = room,
        Quick = quick,
        Rounds = quick ? 3 : 9,
        RoundTime = quick ? TimeSpan.FromSeconds(0.5) : TimeSpan.FromSeconds(3),
        Progress = progress,
        CancellationToken = cancellationToken,
    };
}
