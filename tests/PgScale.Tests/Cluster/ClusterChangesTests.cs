using PgScale.Cluster;
using static PgScale.Tests.Cluster.PaperCluster;

namespace PgScale.Tests.Cluster;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ClusterChangesTests
{
    private readonly RecordingLogger _logger = new();
    private readonly PaperCluster _cluster = new("a", "b");

    private ClusterSnapshot _before = null!;

    [SetUp]
    public void Begin() => _before = _cluster.Look().Snapshot;

    [Test]
    public void Start_says_who_is_primary_and_who_is_well()
    {
        Log(() => _cluster.Says("a", Primary(100)));
        Log(() => _cluster.Says("b", Replica(100)));

        Assert.That(_logger.Entries.Select(entry => entry.EventId), Is.EqualTo(new[] { 1001, 1003, 1003 }));
        Assert.That(_logger.Last(1001), Does.Contain("'main': a (a:5432) is primary, timeline 1"));
    }

    [Test]
    public void Nothing_new_is_not_said()
    {
        Run();
        for (var probe = 0; probe < 10; probe++)
        {
            Log(() => _cluster.After(1).Says("a", Primary(100)));
            Log(() => _cluster.Says("b", Replica(100)));
        }

        Assert.That(_logger.Entries, Is.Empty);
    }

    [Test]
    public void Lost_primary_is_said_once_as_an_error_and_its_return_once()
    {
        Run();
        Log(() => _cluster.Fails("a"));
        Log(() => _cluster.Fails("a", "it refuses connections"));
        Log(() => _cluster.Says("a", Primary(100)));

        Assert.That(_logger.Entries.Select(entry => entry.EventId), Is.EqualTo(new[] { 1002, 1004, 1001, 1003 }));
        Assert.That(_logger.Last(1002), Does.Contain("There is no primary: a (a:5432) was it, but it has not answered for 450 ms."));
        Assert.That(_logger.Last(1004), Does.Contain("a (a:5432) is Unreachable (was Healthy) because it has not answered for 450 ms"));
    }

    [Test]
    public void Missing_primary_at_the_start_is_said_once_everyone_was_asked()
    {
        Log(() => _cluster.Says("b", Replica(100)));
        Assert.That(_logger.Count(1002), Is.Zero);
        Log(() => _cluster.Fails("a"));
        Log(() => _cluster.Fails("a"));

        Assert.That(_logger.Count(1002), Is.EqualTo(1));
    }

    [Test]
    public void Promotion_is_said_once()
    {
        Run();
        Log(() => _cluster.Fails("a"));
        Log(() => _cluster.Says("b", Primary(120, timeline: 2)));

        Assert.That(_logger.Last(1001), Does.Contain("b (b:5432) is primary, timeline 2"));
        Assert.That(_logger.Count(1001), Is.EqualTo(1));
    }

    [Test]
    public void Two_claimants_are_said_as_an_error_also_when_the_primary_was_lost_before()
    {
        Run();
        Log(() => _cluster.Fails("a"));
        _logger.Clear();

        Log(() => _cluster.Says("b", Primary(120)).Says("a", Primary(120)));
        Log(() => _cluster.After(1).Says("a", Primary(120)));

        Assert.That(_logger.Count(1002), Is.EqualTo(1));
        Assert.That(_logger.Last(1002), Does.Contain("both accept writes"));
    }

    [Test]
    public void Paused_replay_is_said_once_and_its_end_once()
    {
        Run();
        Log(() => _cluster.Says("b", Replica(100) with { ReplayPaused = true }));
        Log(() => _cluster.Says("b", Replica(100) with { ReplayPaused = true }));
        Log(() => _cluster.Says("b", Replica(100)));

        Assert.That(_logger.Entries.Select(entry => entry.Text.Trim()), Is.EqualTo(new[]
        {
            "PgScale 'main': replay on b was paused", "PgScale 'main': replay on b was resumed",
        }));
    }

    [Test]
    public void Server_that_left_is_said()
    {
        Run();
        Log(() =>
        {
            _cluster.Remove("b");
            _cluster.Look();
        });

        Assert.That(_logger.Entries.Select(entry => entry.EventId), Is.EqualTo(new[] { 1006 }));
    }

    private void Run()
    {
        Log(() => _cluster.Says("a", Primary(100)));
        Log(() => _cluster.Says("b", Replica(100)));
        _logger.Clear();
    }

    private void Log(Action change)
    {
        change();
        ClusterChanges.Log(_logger, "main", _before, _cluster.Snapshot);
        _before = _cluster.Snapshot;
    }
}
