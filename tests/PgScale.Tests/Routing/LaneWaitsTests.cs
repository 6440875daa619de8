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
        var ended = _waits.Begin(isRepeatable: true).Until(work.Task);
        Assert.That(ended.IsCompleted, Is.False);
        work.SetResult();
        Assert.That(await ended, Is.True);
    }

    [Test]
    public async Task Wait_for_work_that_fails_ends_as_well()
    {
        var ended = _waits.Begin(isRepeatable: true).Until(Task.FromException(new InvalidOperationException()));
        Assert.That(await ended, Is.True);
    }

    [Test]
    public async Task Suspicion_gives_up_only_what_may_be_done_again()
    {
        var work = new TaskCompletionSource();
        var repeatable = _waits.Begin(isRepeatable: true).Until(work.Task).AsTask();
        var other = _waits.Begin(isRepeatable: false).Until(work.Task).AsTask();
        _waits.GiveUpRepeatable();
        Assert.That((await repeatable, other.IsCompleted), Is.EqualTo((false, false)));
        work.SetResult();
        Assert.That(await other, Is.True);
    }

    [Test]
    public async Task Work_that_ends_after_it_was_given_up_does_not_end_the_wait_of_another()
    {
        var slow = new TaskCompletionSource();
        var given = _waits.Begin(isRepeatable: true).Until(slow.Task).AsTask();
        _waits.GiveUpRepeatable();
        Assert.That(await given, Is.False);
        var others = Enumerable.Range(0, 10).Select(_ => _waits.Begin(isRepeatable: true).Until(new TaskCompletionSource().Task).AsTask()).ToList();
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
                _waits.GiveUpRepeatable();
                _waits.GoDown();
                _waits.ComeUp();
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 2_000; i++)
            {
                var work = Task.Run(() => { });
                var byWork = await _waits.Begin(isRepeatable: i % 2 == 0).Until(work);
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
        var first = _waits.Begin(isRepeatable: true);
        await first.Until(Task.CompletedTask);
        var second = _waits.Begin(isRepeatable: true);
        Assert.That(second, Is.SameAs(first));
        var ended = second.Until(new TaskCompletionSource().Task).AsTask();
        _waits.GiveUpRepeatable();
        await ended;
        Assert.That(_waits.Begin(isRepeatable: true), Is.Not.SameAs(second));
    }
}
