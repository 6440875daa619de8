namespace PgScale.Backfill.Pacing;

/// <summary>How a run may go on, after one look at the signals.</summary>
/// <param name="Duty">Share of the time that batches may take, more than 0 to 1.</param>
/// <param name="IsHeld">Whether no batch may start.</param>
/// <param name="Signal">The most limiting signal; empty when none limits.</param>
/// <param name="Text">Why, as the end of a sentence; empty when nothing limits.</param>
internal sealed record PaceDecision(double Duty, bool IsHeld, string Signal, string Text)
{
    internal static readonly PaceDecision Start = new(1, IsHeld: false, "", "");

    /// <summary>Whether the run has to pause itself.</summary>
    internal bool IsCritical { get; init; }

    /// <summary>What a batch may take at most, so that one batch cannot pass a limit by itself; null when nothing says so.</summary>
    internal TimeSpan? MaxBatchTime { get; init; }

    /// <summary>What is left of the time of a batch because others wait for its locks, 0.05 to 1.</summary>
    internal double BatchShare { get; init; } = 1;

    internal TimeSpan PauseAfter(TimeSpan batch, double nice) => batch * ((1 / Duty) - 1 + nice);
}
