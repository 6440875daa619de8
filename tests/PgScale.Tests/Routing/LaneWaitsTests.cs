using PgScale.Routing;

namespace PgScale.Tests.Routing;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class LaneWaitsTests
{
    private readonly LaneWaits _waits = new();

    [Test]
    public async Task Wait_ends_with_its_work()
    {
        var work = new TaskCompletionSource();
        var ended = _waits.Begin(repeatableSince: 5).Until(work.Task);
        Assert.That(ended.IsCompleted, Is.False);
        work.SetResult();
        Assert.That(await ended, Is.True);
    }

    [Test]
    public async Task Wait_for_work_that_fails_ends_as_well()
    {
        var ended = _waits.Begin(repeatableSince: 5).Until(Task.FromException(new InvalidOperationException()));
        Assert.That(await ended, Is.True);
    }

    [Test]
    public async Task Suspicion_gives_up_only_what_may_be_done_again()
    {
        var work = new TaskCompletionSource();
        var repeatable = _waits.Begin(repeatableSince: 5).Until(work.Task).AsTask();
        var other = _waits.Begin(LaneWaits.Never).Until(work.Task).AsTask();
        _waits.GiveUpRepeatable(youngerThan: 0);
        Assert.That((await repeatable, other.IsCompleted), Is.EqualTo((false, false)));
        work.SetResult();
        Assert.That(await other, Is.True);
    }

    [Test]
    public async Task Suspicion_leaves_old_work_alone_since_to_begin_anew_would_cost_it_more()
    {
        var young = _waits.Begin(repeatableSince: 5).Until(new TaskCompletionSource().Task).AsTask();
        var old = _waits.Begin(repeatableSince: 3).Until(new TaskCompletionSource().Task).AsTask();
        _waits.GiveUpRepeatable(youngerThan: 4);
        Assert.That((await young, old.IsCompleted), Is.EqualTo((false, false)));
    }

    [Test]
    public async Task Work_that_ends_after_it_was_given_up_does_not_end_the_wait_of_another()
    {
        var slow = new TaskCompletionSource();
        var given = _waits.Begin(repeatableSince: 5).Until(slow.Task).AsTask();
        _waits.GiveUpRepeatable(youngerThan: 0);
        Assert.That(await given, Is.False);
        var others = Enumerable.Range(0, 10).Select(_ => _waits.Begin(repeatableSince: 5).Until(new TaskCompletionSource().Task).AsTask()).ToList();
        slow.SetResult();
        Assert.That(others.Exists(wait => wait.IsCompleted), Is.False);
    }

    [Test]
    public async Task Each_wait_of_many_is_ended_once_by_its_own_work_or_by_the_node()
    {
        var (ended, givenUp) = (0, 0);
        using var stop = new CancellationTokenSource();
        var down = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                _waits.GiveUpRepeatable(youngerThan: 0);
                _waits.GoDown();
                _waits.ComeUp();
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 2_000; i++)
            {
                var work = Task.Run(() => { });
                var byWork = await _waits.Begin(i % 2 == 0 ? i : LaneWaits.Never).Until(work);
                Assert.That(!byWork || work.IsCompleted, Is.True, "ended by work that has not ended");
                Interlocked.Increment(ref byWork ? ref ended : ref givenUp);
            }
        })));
        await stop.CancelAsync();
        await down;
        Assert.That(ended + givenUp, Is.EqualTo(16_000));
        Assert.That(givenUp, Is.Positive);
    }

    [Test]
    public async Task Wait_that_its_work_has_ended_is_used_again_and_one_that_was_given_up_is_not()
    {
        var first = _waits.Begin(repeatableSince: 5);
        await first.Until(Task.CompletedTask);
        var second = _waits.Begin(repeatableSince: 5);
        Assert.That(second, Is.SameAs(first));
        var ended = second.Until(new TaskCompletionSource().Task).AsTask();
        _waits.GiveUpRepeatable(youngerThan: 0);
        await ended;
        Assert.That(_waits.Begin(repeatableSince: 5), Is.Not.SameAs(second));
    }
}
