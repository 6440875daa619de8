namespace PgScale.Ddl;

/// <summary>What a run tells while it is under way.</summary>
public sealed record DdlProgress
{
    /// <summary>The plan that is run; null while the runner waits for its turn.</summary>
    public DdlPlan? Plan { get; init; }

    /// <summary>The step, from 0.</summary>
    public int Step { get; init; }

    /// <summary>Where the step stands.</summary>
    public required DdlProgressStage Stage { get; init; }

    /// <summary>What it does or waits for, in one sentence.</summary>
    public required string Message { get; init; }

    /// <summary>How much of a long step is done, 0 to 1; null when the server does not say.</summary>
    public double? Share { get; init; }

    /// <summary>Who is in the way; empty when nobody is.</summary>
    public IReadOnlyList<DdlBlocker> Blockers { get; init; } = [];
}
