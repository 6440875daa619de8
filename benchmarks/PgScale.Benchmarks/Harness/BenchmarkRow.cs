namespace PgScale.Benchmarks.Harness;

/// <summary>One measure: ours beside what people write by hand today.</summary>
internal sealed record BenchmarkRow
{
    public required string Room { get; init; }

    public required string Measure { get; init; }

    public required string Unit { get; init; }

    /// <summary>What ours is compared with, or <see langword="null"/> when a measure stands alone.</summary>
    public string? Baseline { get; init; }

    /// <summary>Median of the baseline over the rounds.</summary>
    public double? BaselineValue { get; init; }

    /// <summary>Median of ours over the rounds.</summary>
    public required double Value { get; init; }

    public Goal Goal { get; init; } = Goal.None;

    public int Rounds { get; init; } = 1;

    /// <summary>(max − min) / median over the rounds, of the side that varied more; <see langword="null"/> with one round.</summary>
    public double? Spread { get; init; }

    /// <summary>Ours divided by the baseline. Nothing on both sides is equal; something beside nothing is infinitely more.</summary>
    public double? Ratio => BaselineValue switch
    {
        null => null,
        0 => Value == 0 ? 1 : double.PositiveInfinity,
        { } baseline => Value / baseline,
    };

    public bool? Met => Goal.IsMetBy(this);

    /// <summary>Refuses figures that would make a wrong benchmark look like a good one.</summary>
    public BenchmarkRow Checked()
    {
        if (!double.IsFinite(Value) || Value < 0 || BaselineValue is { } baseline && (!double.IsFinite(baseline) || baseline < 0))
        {
            throw new InvalidOperationException(
                FormattableString.Invariant($"'{Measure}' of {Room} measured {Value} {Unit}, its baseline {BaselineValue}: a measure is a finite number from 0."));
        }

        return Goal.NeedsBaseline && BaselineValue is null
            ? throw new InvalidOperationException($"'{Measure}' of {Room} has the goal '{Goal}' and no baseline: give it one, or a goal for its value.")
            : this;
    }
}
