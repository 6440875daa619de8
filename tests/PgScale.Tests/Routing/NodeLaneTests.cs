using PgScale.Cluster;
using PgScale.Routing;

namespace PgScale.Tests.Routing;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class NodeLaneTests
{
    private static readonly TimeSpan Tau = TimeSpan.FromSeconds(10);

    private readonly ManualTimeProvider _time = new();
    private readonly NodeLane _lane;

    public NodeLaneTests() => _lane = Lane();

    [Test]
    public void Slow_answer_counts_at_once_and_fast_ones_bring_it_down_with_time()
    {
        Read(TimeSpan.FromMilliseconds(1));
        Read(TimeSpan.FromMilliseconds(100));
        var peak = Cost;
        Assert.That(peak, Is.EqualTo(Ticks(100)).Within(2).Percent);
        for (var i = 0; i < 20; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Read(TimeSpan.FromMilliseconds(1));
        }

        Assert.That(Cost, Is.LessThan(peak / 5));
    }

    [Test]
    public void Each_read_under_way_adds_to_the_cost()
    {
        Read(TimeSpan.FromMilliseconds(10));
        var idle = Cost;
        _lane.Enter();
        _lane.Enter();
        Assert.That(Cost, Is.EqualTo(idle * 3).Within(1).Percent);
    }

    [Test]
    public void Node_that_hangs_costs_more_the_longer_it_hangs()
    {
        Read(TimeSpan.FromMilliseconds(1));
        _lane.Enter();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(Cost, Is.GreaterThanOrEqualTo(2 * Ticks(1000)));
        Assert.That(_lane.Silence, Is.EqualTo(TimeSpan.FromSeconds(1)));
    }

    [Test]
    public void Failure_costs_the_penalty_and_not_the_short_time_in_which_it_failed()
    {
        _lane.Enter();
        _lane.LeaveFailed(TimeSpan.FromSeconds(1));
        Assert.That(Cost, Is.EqualTo(Ticks(1000)).Within(1).Percent);
        Assert.That(_lane.FailuresInARow, Is.EqualTo(1));
    }

    [Test]
    public void Success_ends_a_row_of_failures()
    {
        _lane.Enter();
        _lane.LeaveFailed(TimeSpan.FromSeconds(1));
        Read(TimeSpan.FromMilliseconds(1));
        Assert.That(_lane.FailuresInARow, Is.Zero);
    }

    [Test]
    public void Cost_of_an_idle_node_fades_so_that_it_is_tried_again()
    {
        Read(TimeSpan.FromSeconds(1));
        _time.Advance(Tau * Math.Log(10));
        Assert.That(Cost, Is.EqualTo(Ticks(100)).Within(2).Percent);
    }

    [Test]
    public void Reads_that_say_nothing_of_the_node_change_neither_cost_nor_failures()
    {
        Read(TimeSpan.FromMilliseconds(10));
        var before = Cost;
        _lane.Enter();
        _lane.LeaveUnmeasured();
        Assert.That((Cost, _lane.FailuresInARow, _lane.InFlight), Is.EqualTo((before, 0, 0)));
    }

    [Test]
    public void Known_position_only_grows_until_it_is_forgotten()
    {
        _lane.Learn(new(5));
        _lane.Learn(new(3));
        Assert.That((ulong)_lane.KnownPosition, Is.EqualTo(5));
        _lane.ForgetPosition();
        Assert.That((ulong)_lane.KnownPosition, Is.Zero);
    }

    [Test]
    public void Reads_on_a_node_that_goes_down_are_told_and_those_after_its_return_are_not()
    {
        var before = _lane.Down;
        _lane.GoDown();
        _lane.ComeUp();
        Assert.That((before.IsCompleted, _lane.Down.IsCompleted), Is.EqualTo((true, false)));
    }

    [Test]
    public void Concurrent_reads_leave_nothing_behind()
    {
        Parallel.For(0, 10_000, i =>
        {
            var startedAt = _lane.Enter();
            if (i % 3 == 0)
            {
                _lane.Leave(startedAt);
            }
            else if (i % 3 == 1)
            {
                _lane.LeaveFailed(TimeSpan.FromSeconds(1));
            }
            else
            {
                _lane.LeaveUnmeasured();
            }
        });
        Assert.That((_lane.InFlight, _lane.Silence), Is.EqualTo((0, TimeSpan.Zero)));
    }

    private double Cost => _lane.CostAt(_time.GetTimestamp());

    private static double Ticks(double milliseconds) => milliseconds * TimeSpan.TicksPerMillisecond;

    private void Read(TimeSpan duration)
    {
        var startedAt = _lane.Enter();
        _time.Advance(duration);
        _lane.Leave(startedAt);
    }

    private NodeLane Lane() => new(new(new NodeOptions { Name = "r1", ConnectionString = "Host=127.0.0.1" }), 8, Tau, _time);
}
