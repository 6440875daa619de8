using PgScale.Buffering.Flushing;
using PgScale.Buffering.Holding;

namespace PgScale.Tests.Buffering;

/// <summary>Whatever happens between two looks of the loop, it is made to look again.</summary>
public sealed class FlushTimerTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly RoomWaiters _nobody = new(1);

    [Test]
    public async Task What_became_due_after_the_loop_had_looked_is_looked_at_again()
    {
        var nudges = 0;
        await using FlushTimer timer = new(new(TimeSpan.FromSeconds(10), 1), _time, () => nudges++);
        timer.Set(hasPending: true, isBusy: false, _nobody);
        Assert.That(timer.IsDue, Is.False);
        _time.Advance(TimeSpan.FromSeconds(10));
        timer.Set(hasPending: true, isBusy: false, _nobody);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That((nudges, timer.IsDue), Is.EqualTo((2, true)));
    }

    [Test]
    public async Task Batch_under_way_makes_the_loop_look_when_it_ends_and_needs_no_timer()
    {
        await using FlushTimer timer = new(new(TimeSpan.FromSeconds(10), 1), _time, () => { });
        timer.Set(hasPending: true, isBusy: true, _nobody);
        _time.Advance(TimeSpan.FromSeconds(10));
        timer.Set(hasPending: true, isBusy: true, _nobody);
        Assert.That(_time.Waiting, Is.Empty);
    }
}
