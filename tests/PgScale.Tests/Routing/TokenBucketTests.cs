using FsCheck;
using FsCheck.Fluent;
using PgScale.Routing;

namespace PgScale.Tests.Routing;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TokenBucketTests
{
    private readonly ManualTimeProvider _time = new();

    [Test]
    public void Full_bucket_gives_its_capacity_and_no_more()
    {
        var bucket = new TokenBucket(3, 0, _time);
        Assert.That(Enumerable.Range(0, 5).Count(_ => bucket.TryTake()), Is.EqualTo(3));
    }

    [Test]
    public void Use_pays_in_shares()
    {
        var bucket = Empty(capacity: 10, perSecond: 0);
        for (var i = 0; i < 100; i++)
        {
            bucket.Deposit(0.02);
        }

        Assert.That(Enumerable.Range(0, 5).Count(_ => bucket.TryTake()), Is.EqualTo(2));
    }

    [Test]
    public void Time_pays_in_up_to_the_capacity()
    {
        var bucket = Empty(capacity: 10, perSecond: 5);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(Enumerable.Range(0, 20).Count(_ => bucket.TryTake()), Is.EqualTo(5));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(Enumerable.Range(0, 20).Count(_ => bucket.TryTake()), Is.EqualTo(10));
    }

    [Test]
    public void Asking_often_does_not_lose_what_time_pays_in()
    {
        var bucket = Empty(capacity: 10, perSecond: 1);
        var taken = 0;
        for (var i = 0; i < 6_667; i++)
        {
            _time.Advance(TimeSpan.FromTicks(15_000)); // 1.5 ms, which pays in 1.5 thousandths
            taken += bucket.TryTake() ? 1 : 0;
        }

        Assert.That(taken, Is.InRange(9, 10));
    }

    [Test]
    public void What_is_to_be_left_for_others_is_left()
    {
        var bucket = new TokenBucket(10, 0, _time);
        Assert.That(Enumerable.Range(0, 20).Count(_ => bucket.TryTake(leave: 0.6)), Is.EqualTo(4));
        Assert.That(Enumerable.Range(0, 20).Count(_ => bucket.TryTake()), Is.EqualTo(6));
    }

    [Test]
    public void Small_bucket_that_is_full_gives_one_also_to_those_who_leave_some()
    {
        var bucket = new TokenBucket(1, 10, _time);
        Assert.That(bucket.TryTake(leave: 0.6), Is.True);
    }

    [Test]
    public void Wait_that_is_told_is_the_wait_that_is_needed()
    {
        var bucket = Empty(capacity: 10, perSecond: 4);
        var wait = bucket.TimeUntil(leave: 0.5);
        _time.Advance(wait - TimeSpan.FromMilliseconds(2));
        Assert.That(bucket.TryTake(leave: 0.5), Is.False);
        _time.Advance(TimeSpan.FromMilliseconds(4));
        Assert.That(bucket.TryTake(leave: 0.5), Is.True);
    }

    [Test]
    public void Never_more_is_taken_than_was_there_and_was_paid_in() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<(byte Capacity, byte PerSecond, byte[] Steps)>(),
        given =>
        {
            var time = new ManualTimeProvider();
            var bucket = new TokenBucket(given.Capacity, given.PerSecond, time);
            var (paid, taken) = ((double)given.Capacity, 0);
            foreach (var step in given.Steps ?? [])
            {
                time.Advance(TimeSpan.FromMilliseconds(step));
                bucket.Deposit(step / 512.0);
                paid += (given.PerSecond * step / 1000.0) + (step / 512.0);
                taken += bucket.TryTake() ? 1 : 0;
            }

            return taken <= paid + 0.001;
        }));

    private TokenBucket Empty(double capacity, double perSecond)
    {
        var bucket = new TokenBucket(capacity, perSecond, _time);
        while (bucket.TryTake())
        {
            // Emptied.
        }

        return bucket;
    }
}
