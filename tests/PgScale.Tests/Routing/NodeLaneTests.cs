using PgScale.Cluster;
using PgScale.Routing;

namespace PgScale.Tests.Routing;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class NodeLaneTests
{
    private static readonly TimeSpan Tau = TimeSpan.FromSeconds(10);

    private readonly ManualTimeProvider _time = new();
    private readonly TaskCompletionSource _never = new();
    private readonly NodeLane _lane;

    public NodeLaneTests() => _lane = Lane();

    [Test]
    public void Slow_answers_are_believed_after_a_few_and_fast_ones_after_many()
    {
        Read(TimeSpan.FromMilliseconds(10));
        Read(TimeSpan.FromMilliseconds(110));
        Assert.That(Cost, Is.EqualTo(Ticks(35)).Within(2).Percent, "a quarter of the difference");
        Read(TimeSpan.FromMilliseconds(110), times: 5);
        Assert.That(Cost, Is.GreaterThan(Ticks(90)));
        Read(TimeSpan.FromMilliseconds(1), times: 5);
        Assert.That(Cost, Is.GreaterThan(Ticks(70)));
        Read(TimeSpan.FromMilliseconds(1), times: 60);
        Assert.That(Cost, Is.LessThan(Ticks(10)));
    }

    [Test]
    public void Reads_that_wait_together_say_as_much_as_one_that_waits_as_long_as_all_of_them()
    {
        Read(TimeSpan.FromMilliseconds(1));
        for (var i = 0; i < 5; i++)
        {
            _lane.Enter();
        }

        _time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.That(_lane.ExpectedAt(_time.GetTimestamp()), Is.EqualTo(Ticks(100)).Within(1).Percent);
    }

    [Test]
    public void One_long_read_is_not_taken_for_slowness_beyond_a_limit()
    {
        _lane.Expect((long)Ticks(8), probe: TimeSpan.FromMilliseconds(1));
        _lane.Enter();
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(_lane.ExpectedAt(_time.GetTimestamp()), Is.EqualTo(Ticks(8)));
    }

    [Test]
    public void Node_that_comes_back_is_not_held_to_the_penalties_of_its_end()
    {
        Read(TimeSpan.FromMilliseconds(1));
        _lane.LeaveFailed(_lane.Enter(), TimeSpan.FromSeconds(1));
        _lane.GoDown();
        _lane.ComeUp();
        Read(TimeSpan.FromMilliseconds(2));
        Assert.That(Cost, Is.EqualTo(Ticks(2)).Within(1).Percent);
        Assert.That(_lane.FailuresInARow, Is.Zero);
    }

    [Test]
    public void Read_that_is_left_because_its_node_seems_to_hang_costs_the_penalty_and_is_no_failure_yet()
    {
        _lane.Enter();
        _lane.LeaveAbandoned(TimeSpan.FromSeconds(1));
        Assert.That((_lane.FailuresInARow, _lane.InFlight), Is.EqualTo((0, 0)));
        Assert.That(Cost, Is.EqualTo(Ticks(1000)).Within(1).Percent);
    }

    [Test]
    public void Overtaken_read_makes_a_node_that_looked_slow_twice_as_slow_each_time()
    {
        Read(TimeSpan.FromMilliseconds(50));
        for (var i = 0; i < 3; i++)
        {
            _lane.LeaveUnfinished(_lane.Enter(), long.MaxValue, TimeSpan.FromSeconds(1), isOutlier: true);
        }

        Assert.That(Cost, Is.EqualTo(Ticks(400)).Within(2).Percent);
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
        _lane.LeaveFailed(_lane.Enter(), TimeSpan.FromSeconds(1));
        Assert.That(Cost, Is.EqualTo(Ticks(1000)).Within(1).Percent);
        Assert.That(_lane.FailuresInARow, Is.EqualTo(1));
    }

    [Test]
    public void Reads_that_fail_together_are_one_failure()
    {
        var together = Enumerable.Range(0, 10).Select(_ => _lane.Enter()).ToList();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        together.ForEach(startedAt => _lane.LeaveFailed(startedAt, TimeSpan.FromSeconds(1)));
        Assert.That(_lane.FailuresInARow, Is.EqualTo(1));
        _lane.LeaveFailed(_lane.Enter(), TimeSpan.FromSeconds(1));
        Assert.That(_lane.FailuresInARow, Is.EqualTo(2), "one that begins later is another");
    }

    [Test]
    public void Success_ends_a_row_of_failures()
    {
        _lane.LeaveFailed(_lane.Enter(), TimeSpan.FromSeconds(1));
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
    public async Task Reads_on_a_node_that_goes_down_are_told_and_those_after_its_return_are_not()
    {
        var before = _lane.Waits.Begin(LaneWaits.Never).Until(_never.Task).AsTask();
        Assert.That((_lane.GoDown(), _lane.GoDown()), Is.EqualTo((true, false)), "is said once");
        var meanwhile = _lane.Waits.Begin(LaneWaits.Never).Until(_never.Task).AsTask();
        _lane.ComeUp();
        var after = _lane.Waits.Begin(LaneWaits.Never).Until(_never.Task).AsTask();
        Assert.That((await before, await meanwhile, after.IsCompleted), Is.EqualTo((false, false, false)));
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
                _lane.LeaveFailed(startedAt, TimeSpan.FromSeconds(1));
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

    private void Read(TimeSpan duration, int times = 1)
    {
        for (; times > 0; times--)
        {
            var startedAt = _lane.Enter();
            _time.Advance(duration);
            _lane.Leave(startedAt);
        }
    }

    private NodeLane Lane() => new(new(new NodeOptions { Name = "r1", ConnectionString = "Host=127.0.0.1" }), 8, Tau, _time);
}
