using FsCheck;
using FsCheck.Fluent;
using PgScale.Cluster;

namespace PgScale.Tests.Cluster;

public sealed class WalPositionHistoryTests
{
    private const int Capacity = 64;

    private static readonly ManualTimeProvider Clock = new();

    // What a primary did in each step: time that passed and log that it wrote. An idle step writes none.
    private static readonly Gen<(long Time, ulong Bytes)> Steps = Gen.Choose(1, 2_000).Zip(
        Gen.Frequency((1, Gen.Constant(0)), (3, Gen.Choose(1, 5_000))), (time, bytes) => ((long)time * TimeSpan.TicksPerMillisecond, (ulong)bytes));

    private static readonly Arbitrary<(long Time, ulong Bytes)[]> Courses = Gen.Choose(1, 600)
        .SelectMany(length => Steps.ListOf(length)).Select(steps => steps.ToArray()).ToArbitrary();

    [Test]
    public void Nothing_is_known_before_the_first_position() =>
        Assert.That(new WalPositionHistory().LagOf(5, 100, Clock), Is.EqualTo(ReplicationLag.Unknown));

    [Test]
    public void Replica_that_was_observed_before_the_first_position_has_unknown_lag()
    {
        var history = History((100, 5));

        Assert.That(history.LagOf(5, 99, Clock), Is.EqualTo(ReplicationLag.Unknown));
    }

    [Test]
    public void Replica_at_the_newest_position_has_no_lag()
    {
        var history = History((100, 5), (200, 9));

        Assert.That(history.LagOf(9, 1_000_000, Clock), Is.EqualTo(ReplicationLag.None));
        Assert.That(history.LagOf(12, 1_000_000, Clock), Is.EqualTo(ReplicationLag.None));
    }

    [Test]
    public void Age_counts_from_the_first_position_that_was_not_replayed()
    {
        var history = History((100, 5), (200, 9), (300, 20));

        Assert.That(history.LagOf(5, 350, Clock), Is.EqualTo(new ReplicationLag(15, TimeSpan.FromTicks(150))));
        Assert.That(history.LagOf(8, 350, Clock), Is.EqualTo(new ReplicationLag(12, TimeSpan.FromTicks(150))));
        Assert.That(history.LagOf(9, 350, Clock), Is.EqualTo(new ReplicationLag(11, TimeSpan.FromTicks(50))));
    }

    [Test]
    public void Replica_behind_the_oldest_position_has_a_known_distance_and_an_unknown_age()
    {
        var history = History((100, 5), (200, 9));

        Assert.That(history.LagOf(4, 250, Clock), Is.EqualTo(new ReplicationLag(5, null)));
    }

    [Test]
    public void Positions_later_than_the_observation_do_not_count()
    {
        var history = History((100, 5), (200, 9), (300, 20));

        Assert.That(history.LagOf(5, 250, Clock), Is.EqualTo(new ReplicationLag(4, TimeSpan.FromTicks(50))));
        Assert.That(history.LagOf(9, 299, Clock), Is.EqualTo(ReplicationLag.None));
    }

    [Test]
    public void Idle_primary_adds_nothing()
    {
        var history = History((100, 5));
        for (var time = 101; time < 10_000; time++)
        {
            history.Add(time, 5);
        }

        Assert.That(history.Count, Is.EqualTo(1));
        Assert.That(history.LagOf(5, 10_000, Clock), Is.EqualTo(ReplicationLag.None));
    }

    [Test]
    public void Position_that_arrives_with_an_earlier_time_makes_nothing_younger()
    {
        var history = History((100, 5), (300, 9), (200, 20));

        Assert.That(history.LagOf(9, 400, Clock), Is.EqualTo(new ReplicationLag(11, TimeSpan.FromTicks(200))));
        Assert.That(history.LagOf(5, 400, Clock).Time, Is.GreaterThanOrEqualTo(TimeSpan.FromTicks(100)));
        Assert.That(history.LagOf(5, 250, Clock), Is.EqualTo(new ReplicationLag(15, TimeSpan.FromTicks(50))));
    }

    [Test]
    public void Memory_is_bounded([Values(1, 2, 3, 4, 5, 6, 7, 64)] int capacity)
    {
        var history = new WalPositionHistory(capacity);
        for (var step = 1; step < 1_000; step++)
        {
            history.Add(step, (ulong)step);
            Assert.That(history.Count, Is.LessThanOrEqualTo(Math.Max(capacity, 3)));
        }
    }

    [Test]
    public void Merging_never_makes_lag_smaller_than_it_is() => Prop.ForAll(Courses, ArbMap.Default.ArbFor<int[]>(), (course, questions) =>
    {
        var (history, model) = Follow(course);
        return questions.All(question =>
        {
            var replayed = model.PositionAt(question);
            var (real, shown) = (model.LagOf(replayed), history.LagOf(replayed, model.Now, Clock));
            return shown.Bytes == real.Bytes && (real.Time is null ? shown.Time is null : shown.Time >= real.Time);
        });
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Question_about_an_earlier_moment_is_not_answered_with_less_lag_than_there_was() =>
        Prop.ForAll(Courses, ArbMap.Default.ArbFor<(int, int)[]>(), (course, questions) =>
        {
            var (history, model) = Follow(course);
            return questions.All(question =>
            {
                var (replayed, moment) = (model.PositionAt(question.Item1), model.MomentAt(question.Item2));
                var (real, shown) = (model.LagOf(replayed, moment), history.LagOf(replayed, moment, Clock));
                return shown == ReplicationLag.Unknown
                    || (real.Bytes <= shown.Bytes && (shown.Time is null || real.Time <= shown.Time));
            });
        }).QuickCheckThrowOnFailure();

    [Test]
    public void Merging_makes_lag_larger_by_a_bounded_share()
    {
        var history = new WalPositionHistory();
        for (var second = 0L; second <= 86_400; second++)
        {
            history.Add(second * TimeSpan.TicksPerSecond, (ulong)second * 1000);
        }

        foreach (var behind in new[] { 1, 10, 60, 600, 1_800, 3_600, 6 * 3_600, 20 * 3_600 })
        {
            var lag = history.LagOf((ulong)(86_400 - behind - 1) * 1000, 86_400 * TimeSpan.TicksPerSecond, Clock).Time!.Value;
            Assert.That(lag.TotalSeconds, Is.InRange(behind, behind * 1.04 + 1));
        }
    }

    [Test]
    public void Left_timeline_is_forgotten_past_the_switch_point()
    {
        var history = History((100, 5), (200, 9), (300, 20));

        history.ForgetAfter(9);

        Assert.That(history.LagOf(9, 1_000, Clock), Is.EqualTo(ReplicationLag.None));
        Assert.That(history.LagOf(5, 1_000, Clock), Is.EqualTo(new ReplicationLag(4, TimeSpan.FromTicks(800))));
    }

    [Test]
    public void Log_just_before_the_switch_point_keeps_its_age()
    {
        var history = History((100, 5), (200, 9), (300, 20));

        history.ForgetAfter(15);
        history.Add(5_000, 18);

        Assert.That(history.LagOf(9, 5_000, Clock), Is.EqualTo(new ReplicationLag(9, TimeSpan.FromTicks(4_700))), "bytes 9 to 15 were there at 300");
        Assert.That(history.LagOf(15, 5_000, Clock), Is.EqualTo(new ReplicationLag(3, TimeSpan.Zero)));
    }

    [Test]
    public void Everything_is_forgotten_on_request()
    {
        var history = History((100, 5), (200, 9));

        history.Clear();

        Assert.That(history.Count, Is.Zero);
        Assert.That(history.LagOf(9, 1_000, Clock), Is.EqualTo(ReplicationLag.Unknown));
    }

    private static WalPositionHistory History(params (long Time, ulong Position)[] samples)
    {
        var history = new WalPositionHistory();
        foreach (var (time, position) in samples)
        {
            history.Add(time, position);
        }

        return history;
    }

    private static (WalPositionHistory History, Model Model) Follow((long Time, ulong Bytes)[] course)
    {
        var (history, model) = (new WalPositionHistory(Capacity), new Model());
        foreach (var (time, bytes) in course)
        {
            model.Step(time, bytes);
            history.Add(model.Now, model.Position);
        }

        return (history, model);
    }

    /// <summary>Keeps everything and looks at all of it.</summary>
    private sealed class Model
    {
        private readonly List<(long Time, ulong Position)> _all = [];

        internal long Now { get; private set; } = 1;

        internal ulong Position { get; private set; } = 1_000;

        internal void Step(long time, ulong bytes)
        {
            (Now, Position) = (Now + time, Position + bytes);
            _all.Add((Now, Position));
        }

        internal long MomentAt(int where) => _all[Math.Abs(where % _all.Count)].Time;

        internal ulong PositionAt(int where)
        {
            var least = _all[0].Position - 3;
            return least + ((ulong)(uint)where * 7919 % (Position - least + 3));
        }

        internal ReplicationLag LagOf(ulong replayed) => LagOf(replayed, Now);

        internal ReplicationLag LagOf(ulong replayed, long at)
        {
            var seen = _all.TakeWhile(sample => sample.Time <= at).ToList();
            var head = seen[^1].Position;
            return replayed >= head ? ReplicationLag.None
                : new((long)(head - replayed), replayed < _all[0].Position ? null
                    : TimeSpan.FromTicks(at - seen.First(sample => sample.Position > replayed).Time));
        }
    }
}
