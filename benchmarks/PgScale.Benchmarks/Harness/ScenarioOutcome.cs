namespace PgScale.Benchmarks.Harness;

/// <summary>What the sides measured in every round, ready to be asked for rows.</summary>
internal sealed class ScenarioOutcome<TSample>(string room, IReadOnlyList<(string Name, List<TSample> Samples)> sides)
{
    /// <summary>One figure of the samples as a row: the last side, or <paramref name="ours"/>, beside the first, or <paramref name="beside"/>.</summary>
    /// <param name="worst">Reports the highest round of each side instead of the median, for what must never happen.</param>
    public BenchmarkRow Row(string measure, string unit, Func<TSample, double> figure, Goal goal, string? ours = null, bool worst = false, string? beside = null)
    {
        var value = Values(ours ?? sides[^1].Name, figure);
        var baseline = sides.Count > 1 ? Values(beside ?? sides[0].Name, figure) : null;
        return new BenchmarkRow
        {
            Room = room,
            Measure = measure,
            Unit = unit,
            Baseline = baseline is null ? null : beside ?? sides[0].Name,
            BaselineValue = worst ? baseline?.Max : baseline?.Median,
            Value = worst ? value.Max : value.Median,
            Goal = goal,
            Rounds = value.Count,
            Spread = RoundValues.Widest(value, baseline),
        }.Checked();
    }

    private RoundValues Values(string side, Func<TSample, double> figure)
    {
        foreach (var (name, samples) in sides)
        {
            if (string.Equals(name, side, StringComparison.Ordinal))
            {
                return new RoundValues(samples.Select(figure));
            }
        }

        throw new ArgumentException($"There is no side '{side}': there are {string.Join(", ", sides.Select(known => $"'{known.Name}'"))}.", nameof(side));
    }
}
