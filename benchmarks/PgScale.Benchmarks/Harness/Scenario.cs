namespace PgScale.Benchmarks.Harness;

/// <summary>
/// Measures sides against servers under load. The sides take turns within each round and the order rotates from round to
/// round, so that whatever changes on the machine meanwhile falls on all of them alike.
/// </summary>
/// <typeparam name="TSample">What a side measures in one round, for example a <see cref="Load.LoadResult"/>.</typeparam>
internal sealed class Scenario<TSample>(string name)
{
    private readonly List<(string Name, Func<Round, Task<TSample>> Measure)> _sides = [];

    /// <summary>Adds a side; the first one is the baseline. Only the time that its sample reports counts, so it may prepare data first.</summary>
    public Scenario<TSample> Side(string side, Func<Round, Task<TSample>> measure)
    {
        if (_sides.Exists(existing => string.Equals(existing.Name, side, StringComparison.Ordinal)))
        {
            throw new ArgumentException($"The scenario '{name}' has a side '{side}' already.", nameof(side));
        }

        _sides.Add((side, measure));
        return this;
    }

    public async Task<ScenarioOutcome<TSample>> RunAsync(BenchmarkRun run)
    {
        var samples = _sides.ConvertAll(_ => new List<TSample>(run.Rounds));
        for (var number = 0; number <= run.Rounds; number++)
        {
            for (var turn = 0; turn < _sides.Count; turn++)
            {
                var side = (turn + number) % _sides.Count;
                var sample = await MeasureAsync(_sides[side], number, run);
                if (number > 0)
                {
                    samples[side].Add(sample);
                }
            }
        }

        return new ScenarioOutcome<TSample>(run.Room, [.. _sides.Select((side, index) => (side.Name, samples[index]))]);
    }

    private Task<TSample> MeasureAsync((string Name, Func<Round, Task<TSample>> Measure) side, int number, BenchmarkRun run)
    {
        run.CancellationToken.ThrowIfCancellationRequested();
        run.Progress($"{name}: {side.Name}, {(number == 0 ? "warm-up" : $"round {number} of {run.Rounds}")}");
        var duration = number == 0 ? run.RoundTime / 2 : run.RoundTime;
        return side.Measure(new Round(number, duration, run.CancellationToken));
    }
}
