using System.Globalization;
using PgScale.Caching;
using PgScale.Caching.Redis;
using PgScale.Cluster;
using PgScale.Tests.Cluster;

namespace PgScale.Tests.Caching.Redis;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FleetTests
{
    private static readonly string Own = new('a', FleetMessage.IdLength);
    private static readonly string Other = new('b', FleetMessage.IdLength);
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _time = new();
    private readonly Heard _heard = new();

    [Test]
    public void Removal_is_done_when_it_came_back_and_nobody_else_is_there()
    {
        var fleet = Fleet();
        var removal = fleet.Begin();
        Assert.That(removal.Done.IsCompleted, Is.False);
        fleet.Handle(Removal(Own, removal.Sequence));
        Assert.That(removal.Done.IsCompleted, Is.True);
    }

    [Test]
    public void Removal_waits_for_the_acknowledgement_of_each_member()
    {
        var fleet = Fleet();
        fleet.Handle(FleetMessage.OfBeat(FleetMessage.Beat, Other, 1, 1_000));
        var removal = fleet.Begin();
        fleet.Handle(Removal(Own, removal.Sequence));
        Assert.That(removal.Done.IsCompleted, Is.False);
        fleet.Handle(FleetMessage.OfAcknowledgement(Other, removal.Sequence));
        Assert.That(removal.Done.IsCompleted, Is.True);
    }

    [Test]
    public void Removal_waits_for_a_silent_member_until_its_lease_has_run_out()
    {
        var fleet = Fleet();
        fleet.Handle(FleetMessage.OfBeat(FleetMessage.Beat, Other, 1, 1_000));
        var removal = fleet.Begin();
        fleet.Handle(Removal(Own, removal.Sequence));
        _time.Advance(Lease);
        fleet.ReleaseLapsed(removal);
        Assert.That(removal.Done.IsCompleted, Is.False);
        _time.Advance(TimeSpan.FromMilliseconds(CacheClock.Coarseness + 1));
        fleet.ReleaseLapsed(removal);
        Assert.That(removal.Done.IsCompleted, Is.True);
    }

    [Test]
    public void Removal_waits_for_a_member_that_Redis_alone_knows()
    {
        var fleet = Fleet();
        fleet.Learn(Other, 500);
        var removal = fleet.Begin();
        fleet.Handle(Removal(Own, removal.Sequence));
        Assert.That(removal.Done.IsCompleted, Is.False);
        fleet.Handle(FleetMessage.OfAcknowledgement(Other, removal.Sequence));
        Assert.That(removal.Done.IsCompleted, Is.True);
    }

    [Test]
    public void Member_with_a_longer_lease_is_waited_for_as_long()
    {
        var fleet = Fleet();
        fleet.Handle(FleetMessage.OfBeat(FleetMessage.Beat, Other, 1, 5_000));
        var removal = fleet.Begin();
        fleet.Handle(Removal(Own, removal.Sequence));
        _time.Advance(Lease * 4);
        fleet.ReleaseLapsed(removal);
        Assert.That(removal.Done.IsCompleted, Is.False);
    }

    [Test]
    public void Removal_is_not_done_before_it_is_known_whom_to_wait_for()
    {
        var fleet = Fleet();
        var knows = false;
        fleet.Knows = () => knows;
        var removal = fleet.Begin();
        fleet.Handle(Removal(Own, removal.Sequence));
        fleet.ReleaseLapsed(removal);
        Assert.That(removal.Done.IsCompleted, Is.False);
        knows = true;
        fleet.Handle(Removal(Own, removal.Sequence));
        Assert.That(removal.Done.IsCompleted, Is.True);
    }

    [Test]
    public void Process_that_only_asks_whether_it_hears_is_waited_for_by_nobody()
    {
        var fleet = Fleet();
        fleet.Handle(FleetMessage.OfBeat(FleetMessage.Probe, Other, 1, 1_000));
        Assert.That(fleet.Members, Is.Zero);
    }

    [Test]
    public void Others_removal_is_done_and_acknowledged()
    {
        var fleet = Fleet();
        List<(string To, string Message)> sent = [];
        fleet.Send = (to, message) => sent.Add((to, message));
        fleet.Handle(Removal(Other, 5));
        Assert.That(_heard.Removals, Is.EqualTo(new[] { ("key", PaperCluster.Token(2_000)) }));
        Assert.That(sent, Is.EqualTo(new[] { (Other, FleetMessage.OfAcknowledgement(Own, 5)) }));
    }

    [Test]
    public void Processes_that_fell_silent_are_forgotten_also_by_one_that_removes_nothing()
    {
        var fleet = Fleet();
        for (var process = 0; process < 1_000; process++)
        {
            fleet.Handle(FleetMessage.OfBeat(FleetMessage.Beat, process.ToString("d32", CultureInfo.InvariantCulture), 1, 1_000));
        }

        _time.Advance(Lease * 2);
        fleet.Handle(FleetMessage.OfBeat(FleetMessage.Beat, Own, 1, 1_000));
        Assert.That(fleet.Remembered, Is.EqualTo(1));
    }

    [Test]
    public void Message_that_makes_no_sense_changes_nothing([Values("", "?", "R", "A", "P", "Rxx", "Pnot a number")] string message)
    {
        var fleet = Fleet();
        Assert.That(() => fleet.Handle(message), Throws.Nothing);
        Assert.That(fleet.Members, Is.Zero);
        Assert.That(_heard.Removals, Is.Empty);
    }

    private static string Removal(string from, long sequence) => FleetMessage.OfRemoval(from, sequence, PaperCluster.Token(2_000), "key");

    private Fleet Fleet() => new(Own, _heard, new(), new(_time));

    private sealed class Heard : IFleetListener
    {
        internal List<(string Key, ConsistencyToken Token)> Removals { get; } = [];

        public void Removed(string key, long stamp, ConsistencyToken token) => Removals.Add((key, token));

        public void TagRemoved(string tag, long version, ConsistencyToken token)
        {
        }
    }
}
