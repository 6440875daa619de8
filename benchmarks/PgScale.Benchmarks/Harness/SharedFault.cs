namespace PgScale.Benchmarks.Harness;

/// <summary>
/// Two sides that live through the same fault, at the same moment unless they would disturb each other: fair, and half the time of one
/// fault for each.
/// </summary>
internal sealed class SharedFault<TSample>(string name, string baseline, string ours)
{
    /// <param name="measure">Makes the fault once and returns what the baseline saw, and what PgScale saw.</param>
    public async Task<ScenarioOutcome<TSample>> RunAsync(BenchmarkRun run, Func<int, Task<(TSample Baseline, TSample Ours)>> measure)
    {
        var (theirs, own) = (new List<TSample>(run.Rounds), new List<TSample>(run.Rounds));
        for (var number = 1; number <= run.Rounds; number++)
        {
            run.CancellationToken.ThrowIfCancellationRequested();
            run.Progress($"{name}: both sides, round {number} of {run.Rounds}");
            var sample = await measure(number);
            theirs.Add(sample.Baseline);
            own.Add(sample.Ours);
        }

        return new(run.Room, [(baseline, theirs), (ours, own)]);
    }
}
