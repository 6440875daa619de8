using PgScale.Cluster;

namespace PgScale.Tests.Cluster;

public sealed class SessionGuardsTests
{
    [Test]
    public void Tier_becomes_startup_options_in_milliseconds() => Assert.That(
        SessionGuards.StartupOptions(null, Tier(statement: 15_000, locks: 2_000, idle: 30_000), readOnly: true),
        Is.EqualTo("-c statement_timeout=15000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=30000 -c default_transaction_read_only=on"));

    [Test]
    public void Limits_that_are_left_out_are_not_sent() =>
        Assert.That(SessionGuards.StartupOptions(null, Tier(locks: 2_000), readOnly: false), Is.EqualTo("-c lock_timeout=2000"));

    [Test]
    public void Nothing_to_guard_leaves_the_users_options_alone()
    {
        Assert.That(SessionGuards.StartupOptions("-c jit=off", Tier(), readOnly: false), Is.EqualTo("-c jit=off"));
        Assert.That(SessionGuards.StartupOptions("  ", Tier(), readOnly: false), Is.Empty);
    }

    [Test]
    public void Guards_come_after_the_users_options_because_the_last_one_wins() => Assert.That(
        SessionGuards.StartupOptions("-c statement_timeout=0", Tier(statement: 5_000), readOnly: false), Is.EqualTo("-c statement_timeout=0 -c statement_timeout=5000"));

    [TestCase(0.4, "1")]
    [TestCase(1.0, "1")]
    [TestCase(1.2, "2")]
    public void Part_of_a_millisecond_is_rounded_up_and_never_to_no_limit(double milliseconds, string expected) =>
        Assert.That(SessionGuards.For(Tier(statement: milliseconds), readOnly: false).Single().Value, Is.EqualTo(expected));

    [Test]
    public void Longest_limit_fits_what_the_server_takes() =>
        Assert.That(int.Parse(SessionGuards.For(Tier(statement: int.MaxValue), readOnly: false).Single().Value, System.Globalization.CultureInfo.InvariantCulture), Is.EqualTo(int.MaxValue));

    private static ClusterTier Tier(double? statement = null, double? locks = null, double? idle = null) => new("t", new()
    {
        StatementTimeout = Span(statement),
        LockTimeout = Span(locks),
        IdleInTransactionTimeout = Span(idle),
    });

    private static TimeSpan? Span(double? milliseconds) => milliseconds is { } given ? TimeSpan.FromMilliseconds(given) : null;
}
