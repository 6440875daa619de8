using FsCheck;
using FsCheck.Fluent;
using PgScale.Routing;

namespace PgScale.Tests.Routing;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class LatencyQuantileTests
{
    private readonly LatencyQuantile _quantile = new(0.05, new ManualTimeProvider());

    [Test]
    public void Nothing_is_said_before_enough_is_known()
    {
        Record(49, 1000);
        Assert.That(_quantile.Rare, Is.EqualTo(long.MaxValue));
        Record(1, 1000);
        Assert.That(_quantile.Rare, Is.InRange(1000, 1250));
    }

    [Test]
    public void Percentile_is_at_most_a_quarter_too_high_and_never_too_low() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(1, 50_000_000).ArrayOf(200).ToArbitrary(),
        samples =>
        {
            var quantile = new LatencyQuantile(0.05, new ManualTimeProvider());
            Array.ForEach(samples, sample => quantile.Record(sample));
            quantile.Refresh();
            var exact = samples.Order().ElementAt((int)Math.Ceiling(samples.Length * 0.95) - 1);
            return quantile.Rare >= exact && quantile.Rare <= (exact * 1.25) + 2 && quantile.Usual <= quantile.Rare;
        }));

    [Test]
    public void Old_slow_times_are_forgotten()
    {
        for (var sample = 1_000L; sample < 1_000_000_000; sample = sample * 5 / 4)
        {
            _quantile.Record(sample);
        }

        for (var i = 0; i < 50; i++)
        {
            Record(60, 100);
        }

        Assert.That(_quantile.Rare, Is.LessThan(1000));
    }

    private void Record(int count, long ticks)
    {
        for (var i = 0; i < count; i++)
        {
            _quantile.Record(ticks);
        }

        _quantile.Refresh();
    }
}
