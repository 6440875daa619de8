using PgScale.Caching.Local;

namespace PgScale.Tests.Caching.Local;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LocalLeaseTests
{
    private readonly LocalLease _lease = LocalLease.Of(TimeSpan.FromMilliseconds(1_000));

    [SetUp]
    public void Begin()
    {
        _lease.CaughtUp(_lease.BeginCatchUp(), beganAt: 10);
        _lease.Extend(sentAt: 10, now: 11);
    }

    [Test]
    public void Heartbeat_that_came_back_counts_from_when_it_was_sent()
    {
        Assert.That(_lease.IsAlive(1_009), Is.True);
        Assert.That(_lease.IsAlive(1_010), Is.False);
    }

    [Test]
    public void Heartbeat_from_before_the_gap_extends_nothing()
    {
        _lease.Extend(sentAt: 900, now: 1_500);
        Assert.That(_lease.IsAlive(1_500), Is.False);
    }

    [Test]
    public void Heartbeat_after_catching_up_begins_a_new_epoch()
    {
        var before = _lease.Epoch;
        _lease.CaughtUp(_lease.BeginCatchUp(), beganAt: 1_500);
        _lease.Extend(sentAt: 1_501, now: 1_502);
        Assert.That(_lease.Covers(_lease.Epoch, 1_502), Is.True);
        Assert.That(_lease.Covers(before, 1_502), Is.False);
    }

    [Test]
    public void Gap_while_catching_up_makes_it_void()
    {
        var gap = _lease.BeginCatchUp();
        _lease.Revoke(1_500);
        _lease.CaughtUp(gap, beganAt: 1_500);
        _lease.Extend(sentAt: 1_501, now: 1_502);
        Assert.That(_lease.IsAlive(1_502), Is.False);
    }
}
