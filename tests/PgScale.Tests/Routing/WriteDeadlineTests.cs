using PgScale.Routing;

namespace PgScale.Tests.Routing;

internal sealed class WriteDeadlineTests
{
    private readonly ManualTimeProvider _time = new();

    [Test]
    public void Time_that_is_left_shrinks_to_nothing_and_no_further()
    {
        var deadline = new WriteDeadline(TimeSpan.FromSeconds(10), _time);
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.That((deadline.Left, deadline.HasPassed), Is.EqualTo((TimeSpan.FromSeconds(6), false)));
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.That((deadline.Left, deadline.HasPassed), Is.EqualTo((TimeSpan.Zero, true)));
    }

    [Test]
    public void Deadline_of_zero_has_passed_at_once() => Assert.That(new WriteDeadline(TimeSpan.Zero, _time).HasPassed, Is.True);
}
