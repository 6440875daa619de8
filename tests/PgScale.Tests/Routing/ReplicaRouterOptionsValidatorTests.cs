using PgScale.Routing;

namespace PgScale.Tests.Routing;

internal sealed class ReplicaRouterOptionsValidatorTests
{
    [Test]
    public void Defaults_are_valid() => Assert.That(Problems(_ => { }), Is.Empty);

    [TestCase("MaxRetries", "11")]
    [TestCase("RetryRatio", "1.5")]
    [TestCase("HedgeRatio", "0.2")]
    [TestCase("FreshnessWait", "11 s")]
    [TestCase("FallbackConcurrency", "-1")]
    [TestCase("MaxConcurrentOpens", "0")]
    [TestCase("EjectionTime", "500 ms")]
    [TestCase("MaxEjectedShare", "2")]
    public void Value_out_of_range_is_named_with_its_setting_and_its_range(string setting, string value)
    {
        var problems = Problems(options =>
        {
            options.MaxRetries = 11;
            options.RetryRatio = 1.5;
            options.HedgeRatio = 0.2;
            options.FreshnessWait = TimeSpan.FromSeconds(11);
            options.FallbackConcurrency = -1;
            options.MaxConcurrentOpens = 0;
            options.EjectionTime = TimeSpan.FromMilliseconds(500);
            options.MaxEjectedShare = 2;
        });
        Assert.That(problems, Has.One.StartsWith($"PgScale:Routing:{setting} is {value}; it must be from "));
    }

    [Test]
    public void Longest_ejection_cannot_be_shorter_than_the_first() =>
        Assert.That(Problems(options => options.MaxEjectionTime = TimeSpan.FromSeconds(10)), Has.One.StartsWith("PgScale:Routing:MaxEjectionTime is 10 s"));

    [Test]
    public void Setting_of_a_tier_is_named_with_its_tier() =>
        Assert.That(Problems(options => options.Tiers["Critical"] = new() { MaxConcurrency = 0 }), Has.One.StartsWith("PgScale:Routing:Tiers:Critical:MaxConcurrency is 0"));

    [Test]
    public void Pool_cannot_be_smaller_than_the_reads_that_may_need_it() => Assert.That(
        Problems(options => options.Tiers["Critical"] = new() { MaxPoolSize = 50, MaxConcurrency = 51 }),
        Has.One.StartsWith("PgScale:Routing:Tiers:Critical:MaxPoolSize is 50, less than MaxConcurrency (51)"));

    private static IReadOnlyList<string> Problems(Action<ReplicaRouterOptions> configure)
    {
        var options = new ReplicaRouterOptions();
        configure(options);
        return [.. new ReplicaRouterOptionsValidator().Validate(name: null, options).Failures ?? []];
    }
}
