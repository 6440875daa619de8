namespace PgScale.Benchmarks.Baselines;

/// <summary>Where a run differs from the baseline, as a sentence for whoever has to decide about it.</summary>
internal sealed record Difference(string Room, string Measure, string Text, bool Fails, bool MayBeNoise = false)
{
    public override string ToString() => $"{Room}: {Measure}: {Text}";
}
