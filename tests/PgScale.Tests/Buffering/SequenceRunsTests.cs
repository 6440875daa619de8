using PgScale.Buffering.Sinks;

namespace PgScale.Tests.Buffering;

/// <summary>Which number in the spool a row has.</summary>
public sealed class SequenceRunsTests
{
    [Test]
    public void Numbers_come_out_as_they_went_in_across_gaps()
    {
        long[] numbers = [5, 6, 7, 1_000, 1_001, 5_000];
        SequenceRuns runs = new();
        Array.ForEach(numbers, runs.Add);
        var (first, second, third) = (runs.Take(2), runs.Take(3), runs.Take(1));
        Assert.That(
            new[] { first, second, third }.SelectMany(taken => Enumerable.Range(0, taken.Count).Select(index => taken[index])),
            Is.EqualTo(numbers));
        Assert.That((first.Last, second.Last, third.Last, runs.Count), Is.EqualTo((6L, 1_001L, 5_000L, 0)));
    }
}
