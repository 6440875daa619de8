using PgScale.Routing;

namespace PgScale.Tests.Routing;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class SilenceWatchTests
{
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(10);

    private readonly PaperTier _tier = PaperTier.Of(3);
    private readonly Dictionary<string, long> _asked = new(StringComparer.Ordinal);
    private readonly List<string> _probed = [];
    private readonly List<string> _changes = [];
    private readonly SilenceWatch _watch;

    public SilenceWatchTests() =>
        _watch = new(() => [_tier.Route], node => _asked.GetValueOrDefault(node.Name), _probed.Add, TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(450), _tier.Time);

    [Test]
    public void Silent_node_is_probed_at_once()
    {
        _tier.LaneOf("r1").Enter();
        Look(turns: 3);
        Assert.That(_probed, Is.EqualTo(["r1"]));
    }

    [Test]
    public void Node_whose_reads_and_probe_stay_unanswered_is_suspected_and_its_reads_leave_it()
    {
        var read = Read("r1");
        Ask("r1");
        Look(turns: 2);
        Assert.That(_tier.LaneOf("r1").IsSuspect, Is.False);
        Look(turns: 2);
        Assert.That(_tier.LaneOf("r1").IsSuspect, Is.True);
        Assert.That(_changes, Is.EqualTo(["r1 hangs"]));
        Assert.That(async () => await read, Is.False);
    }

    [Test]
    public void Node_with_one_long_read_whose_probes_are_answered_is_not_suspected_and_not_asked_again_and_again()
    {
        _tier.LaneOf("r1").Enter();
        Look(turns: 300);
        Assert.That(_tier.LaneOf("r1").IsSuspect, Is.False);
        Assert.That(_probed, Has.Count.InRange(5, 12));
    }

    [Test]
    public void Node_that_answers_reads_is_not_suspected_though_a_probe_is_slow()
    {
        Ask("r1");
        for (var i = 0; i < 20; i++)
        {
            var startedAt = _tier.LaneOf("r1").Enter();
            Look(turns: 1);
            _tier.LaneOf("r1").Leave(startedAt);
        }

        Assert.That(_changes, Is.Empty);
    }

    [Test]
    public void Suspicion_ends_with_the_answer()
    {
        Ask("r1");
        Look(turns: 10);
        _asked.Clear();
        Look(turns: 1);
        Assert.That(_changes, Is.EqualTo(["r1 hangs", "r1 answers"]));
    }

    [Test]
    public void Pause_of_this_process_is_not_taken_for_a_silence_of_the_node()
    {
        Ask("r1");
        _tier.Time.Advance(TimeSpan.FromSeconds(5));
        Look(turns: 1);
        Assert.That(_changes, Is.Empty);
    }

    [Test]
    public void Last_node_of_a_tier_is_never_suspected()
    {
        Ask("r1");
        Ask("r2");
        Ask("r3");
        Look(turns: 10);
        Assert.That(new[] { "r1", "r2", "r3" }.Count(name => _tier.LaneOf(name).IsSuspect), Is.EqualTo(2));
    }

    [Test]
    public void Node_whose_probes_usually_take_long_gets_more_time()
    {
        _tier.LaneOf("r1").Expect(long.MaxValue, TimeSpan.FromMilliseconds(50));
        Ask("r1");
        Look(turns: 19);
        Assert.That(_changes, Is.Empty);
        Look(turns: 2);
        Assert.That(_changes, Is.EqualTo(["r1 hangs"]));
    }

    private void Ask(string node) => _asked[node] = _tier.Time.GetTimestamp();

    private Task<bool> Read(string node)
    {
        _tier.LaneOf(node).Enter();
        return _tier.LaneOf(node).Waits.Begin(_tier.Time.GetTimestamp()).Until(new TaskCompletionSource().Task).AsTask();
    }

    private void Look(int turns)
    {
        for (; turns > 0; turns--)
        {
            _tier.Time.Advance(Turn);
            _watch.Look((_, node) => _changes.Add($"{node.Name} hangs"), (_, node) => _changes.Add($"{node.Name} answers"));
        }
    }
}
