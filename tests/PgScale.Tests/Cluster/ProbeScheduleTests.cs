using PgScale.Cluster;

namespace PgScale.Tests.Cluster;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ProbeScheduleTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _clock = new();

    [Test]
    public async Task Wait_ends_in_time_and_nobody_wanted_it()
    {
        var waiting = new ProbeSchedule(_clock).WaitAsync(Second, default);
        _clock.Advance(Second - TimeSpan.FromTicks(1));
        Assert.That(waiting.IsCompleted, Is.False);

        _clock.Advance(TimeSpan.FromTicks(1));

        Assert.That(await waiting, Is.False);
    }

    [Test]
    public async Task Wish_ends_the_wait()
    {
        var schedule = new ProbeSchedule(_clock);
        var waiting = schedule.WaitAsync(Second, default);

        schedule.WakeUp();

        Assert.That(await waiting);
        Assert.That(_clock.Waiting, Is.Empty);
    }

    [Test]
    public async Task Wish_before_the_wait_ends_it_once()
    {
        var schedule = new ProbeSchedule(_clock);
        schedule.WakeUp();
        schedule.WakeUp();

        Assert.That(await schedule.WaitAsync(Second, default));
        var second = schedule.WaitAsync(Second, default);
        Assert.That(second.IsCompleted, Is.False);
        schedule.WakeUp();
        await second;
    }

    [TestCase(0)]
    [TestCase(-5)]
    public async Task Time_that_is_up_already_does_not_wait(int seconds) =>
        Assert.That(await new ProbeSchedule(_clock).WaitAsync(TimeSpan.FromSeconds(seconds), default), Is.False);

    [Test]
    public async Task Cancellation_ends_the_wait_without_an_exception()
    {
        using var stop = new CancellationTokenSource();
        var waiting = new ProbeSchedule(_clock).WaitAsync(Second, stop.Token);

        await stop.CancelAsync();

        Assert.That(await waiting, Is.False);
        Assert.That(await new ProbeSchedule(_clock).WaitAsync(Second, stop.Token), Is.False);
    }

    [Test]
    public async Task No_wish_is_lost_in_a_race()
    {
        var schedule = new ProbeSchedule(TimeProvider.System);
        for (var round = 0; round < 2_000; round++)
        {
            var wish = Task.Run(schedule.WakeUp);
            var granted = await schedule.WaitAsync(TimeSpan.FromTicks(round), default);
            await wish;
            Assert.That(granted || await schedule.WaitAsync(TimeSpan.Zero, default), $"round {round}");
        }
    }
}
