using System.Diagnostics.Metrics;

namespace PgScale.Tests.Monitoring;

public sealed class PrometheusNamesTests
{
    [Test]
    public void Counter_ends_in_total_without_the_unit_of_a_thing() =>
        Assert.That(Names(meter => meter.CreateCounter<long>("pgscale.room.things", "{thing}")), Is.EqualTo(new[] { "pgscale_room_things_total" }));

    [Test]
    public void Histogram_has_its_unit_before_its_three_series() => Assert.That(
        Names(meter => meter.CreateHistogram<double>("pgscale.room.wait", "s")),
        Is.EqualTo(new[] { "pgscale_room_wait_seconds_bucket", "pgscale_room_wait_seconds_sum", "pgscale_room_wait_seconds_count" }));

    [Test]
    public void Gauge_of_a_share_is_a_ratio() =>
        Assert.That(Names(meter => meter.CreateObservableGauge("pgscale.room.duty", () => 1.0, "1")), Is.EqualTo(new[] { "pgscale_room_duty_ratio" }));

    [Test]
    public void Unit_that_the_name_has_already_is_not_said_twice() =>
        Assert.That(Names(meter => meter.CreateObservableGauge("pgscale.room.lag_bytes", () => 1L, "By")), Is.EqualTo(new[] { "pgscale_room_lag_bytes" }));

    private static string[] Names(Func<Meter, Instrument> create)
    {
        using Meter meter = new("names");
        return [.. PrometheusNames.Of(create(meter))];
    }
}
