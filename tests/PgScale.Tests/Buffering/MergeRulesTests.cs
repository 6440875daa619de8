using PgScale.Buffering.Sinks;

namespace PgScale.Tests.Buffering;

/// <summary>Rules do in memory what their SQL does, so that it does not matter when a flush comes between two items.</summary>
public sealed class MergeRulesTests
{
    [Test]
    public void Not_a_number_is_the_greatest_as_it_is_in_PostgreSQL()
    {
        var (max, min) = (MergeRules.Max<double>(), MergeRules.Min<double>());
        Assert.That((max.Combine(double.NaN, 1), max.Combine(1, double.NaN), min.Combine(double.NaN, 1), min.Combine(1, double.NaN)), Is.EqualTo((double.NaN, double.NaN, 1d, 1d)));
        Assert.That((MergeRules.Max<float>().Combine(float.NaN, 1), MergeRules.Min<float>().Combine(float.NaN, 1)), Is.EqualTo((float.NaN, 1f)));
    }

    [Test]
    public void First_passes_over_nulls_as_coalesce_does()
    {
        Assert.That(MergeRules.First<string?>().Combine(null, "a"), Is.EqualTo("a"));
        Assert.That(MergeRules.First<int?>().Combine(null, 0), Is.Zero);
        Assert.That(MergeRules.First<string?>().Combine("a", "b"), Is.EqualTo("a"));
    }
}
