using Npgsql;
using PgScale.Cluster;

namespace PgScale.Tests.Cluster;

public sealed class ClusterMonitorTests
{
    private static readonly TimeSpan HalfSecond = TimeSpan.FromMilliseconds(500);

    [Test]
    public async Task Before_the_start_nothing_is_known()
    {
        await using var paper = new PaperMonitor("a");

        Assert.That(paper.Current.Nodes, Is.Empty);
        Assert.That(paper.Current.PrimaryProblem, Does.Contain("has not been started"));
        Assert.That(paper.Current.Version, Is.Zero);
    }

    [Test]
    public async Task Start_returns_when_every_server_has_answered()
    {
        await using var paper = await PaperMonitor.StartAsync("a", "b", "c");

        Assert.That(paper.Current.Primary!.Name, Is.EqualTo("a"));
        Assert.That(paper.Current.Replicas.Select(node => node.Name), Is.EqualTo(new[] { "b", "c" }));
        Assert.That(paper.Logger.Last(1000), Does.Contain("watches 3 nodes; primary: a"));
    }

    [Test]
    public async Task Start_does_not_wait_for_a_silent_server_longer_than_its_timeout()
    {
        await using var paper = new PaperMonitor("a", "b");
        paper.Probes["b"].Hold();

        var start = paper.StartAsync();
        await Eventually.HoldsAsync(() => paper.Clock.Waiting.Contains(TimeSpan.FromMilliseconds(450)));
        await paper.SeesAsync(snapshot => snapshot.Find("a")?.Health == NodeHealth.Healthy);
        Assert.That(start.IsCompleted, Is.False);
        paper.Clock.Advance(TimeSpan.FromMilliseconds(450));
        await start;

        Assert.That(paper.Current.Primary!.Name, Is.EqualTo("a"));
        Assert.That(paper.Current.Find("b")!.Reason, Is.EqualTo("it has not answered for 450 ms"));
    }

    [Test]
    public async Task Start_without_a_primary_succeeds_and_says_so()
    {
        await using var paper = new PaperMonitor("a");
        paper.Probes["a"].Answer = static () => PaperCluster.Replica(1);

        await paper.StartAsync();

        Assert.That(paper.Current.Primary, Is.Null);
        Assert.That(paper.Logger.Count(1002), Is.EqualTo(1));
    }

    [Test]
    public async Task Loss_of_the_primary_has_all_others_asked_at_once()
    {
        await using var paper = await PaperMonitor.StartAsync("a", "b");
        await PassLearningAsync(paper);
        var before = paper.Probes["b"].Probes;
        paper.Probes["a"].Answer = static () => throw new NpgsqlException("gone");

        paper.Monitor.RequestProbe("A");
        await paper.SeesAsync(snapshot => snapshot.Primary is null);

        await Eventually.HoldsAsync(() => paper.Probes["b"].Probes > before);
    }

    [Test]
    public async Task Failure_that_speaks_of_the_server_has_it_asked_at_once()
    {
        await using var paper = await PaperMonitor.StartAsync("a", "b");
        await PassLearningAsync(paper);
        var (first, second) = (paper.Probes["a"].Probes, paper.Probes["b"].Probes);

        paper.Monitor.ReportFailure("a", new NpgsqlException("broken", new IOException()));
        await Eventually.HoldsAsync(() => paper.Probes["a"].Probes == first + 1);

        Assert.That(paper.Probes["b"].Probes, Is.EqualTo(second));
    }

    [Test]
    public async Task Failure_that_speaks_of_a_statement_asks_nobody()
    {
        await using var paper = await PaperMonitor.StartAsync("a");
        await PassLearningAsync(paper);
        var before = paper.Probes["a"].Questions.Count;

        paper.Monitor.ReportFailure("a", new PostgresException("duplicate key", "ERROR", "ERROR", "23505"));
        paper.Monitor.ReportFailure("a", new InvalidOperationException("bug"));
        paper.Monitor.ReportFailure("nobody", new NpgsqlException("broken", new IOException()));
        paper.Clock.Advance(HalfSecond);
        await Eventually.HoldsAsync(() => paper.Probes["a"].Questions.Count > before);

        Assert.That(paper.Probes["a"].Questions, Has.Count.EqualTo(before + 1), "only the next turn");
    }

    [Test]
    public async Task Waiting_for_a_condition_ends_with_the_snapshot_that_fulfils_it()
    {
        await using var paper = await PaperMonitor.StartAsync("a");
        Assert.That((await paper.Monitor.WaitForAsync(snapshot => snapshot.Primary is not null)).Version, Is.EqualTo(paper.Current.Version));

        var waiting = paper.Monitor.WaitForAsync(snapshot => snapshot.Primary is null);
        Assert.That(waiting.IsCompleted, Is.False);
        paper.Probes["a"].Answer = static () => throw new NpgsqlException("gone");
        paper.Clock.Advance(HalfSecond);

        Assert.That((await waiting).Primary, Is.Null);
    }

    [Test]
    public async Task Waiting_can_be_cancelled()
    {
        await using var paper = await PaperMonitor.StartAsync("a");
        using var stop = new CancellationTokenSource();
        var waiting = paper.Monitor.WaitForAsync(_ => false, stop.Token);

        await stop.CancelAsync();

        await Assert.ThatAsync(() => waiting, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Reload_adds_and_removes_servers_and_leaves_the_others_alone()
    {
        await using var paper = await PaperMonitor.StartAsync("a", "b");
        var node = paper.Current.Find("a")!.Node;
        paper.Nodes.RemoveAt(1);
        paper.Nodes.Add(PaperCluster.Options("c"));
        paper.Probes["c"] = new(paper.Clock) { Answer = static () => PaperCluster.Replica(100) };

        paper.Reload();
        await paper.SeesAsync(snapshot => snapshot.Find("b") is null && snapshot.Find("c")?.Health == NodeHealth.Healthy);

        Assert.That(paper.Current.Find("a")!.Node, Is.SameAs(node));
        Assert.That(paper.Current.Primary!.Name, Is.EqualTo("a"));
        await Eventually.HoldsAsync(() => paper.Probes["b"].IsDisposed);
        Assert.That(paper.Logger.Count(1006), Is.EqualTo(1));
    }

    [Test]
    public async Task New_primary_whose_settings_changed_is_not_replaced_by_the_old_one_meanwhile()
    {
        await using var paper = new PaperMonitor("a", "b");
        paper.Probes["a"].Answer = static () => throw new NpgsqlException("gone");
        paper.Probes["b"].Answer = static () => PaperCluster.Primary(100, timeline: 2);
        await paper.StartAsync();
        Assert.That(paper.Current.Primary!.Name, Is.EqualTo("b"));

        paper.Probes["a"].Answer = static () => PaperCluster.Primary(100);
        paper.Probes["b"] = new(paper.Clock);
        paper.Probes["b"].Hold();
        paper.Nodes[1].Weight = 2;
        paper.Nodes[1] = new() { Name = "b", ConnectionString = "Host=b", Weight = 2 };
        paper.Reload();
        paper.Monitor.RequestProbe("a");
        await paper.SeesAsync(snapshot => snapshot.Find("b")?.Node.Weight == 2);
        paper.Clock.Advance(HalfSecond);
        await paper.SeesAsync(snapshot => snapshot.Find("a")?.Timeline == 1);

        Assert.That(paper.Current.Primary, Is.Null);
        Assert.That(paper.Current.Find("a")!.Health, Is.EqualTo(NodeHealth.Fenced));
    }

    [Test]
    public async Task Changed_limits_are_seen_at_once()
    {
        await using var paper = await PaperMonitor.StartAsync("a");
        paper.Configure = options => options.Tiers["Critical"].MaxLagBytes = 5;

        paper.Reload();

        await paper.SeesAsync(snapshot => snapshot.GetTier("Critical").MaxLagBytes == 5);
    }

    [Test]
    public async Task Stop_ends_all_questions_and_keeps_the_last_snapshot()
    {
        var paper = await PaperMonitor.StartAsync("a", "b");

        await paper.Monitor.StopAsync();

        Assert.That(paper.Current.Primary!.Name, Is.EqualTo("a"));
        Assert.That(paper.Probes.Values.Select(probe => probe.IsDisposed), Is.All.True);
        Assert.That(paper.Clock.Waiting, Is.Empty, "no timer is left behind");
        await paper.DisposeAsync();
    }

    [Test]
    public async Task Stop_and_disposal_may_come_in_any_order_and_twice()
    {
        var paper = await PaperMonitor.StartAsync("a");

        await paper.Monitor.StopAsync();
        await paper.Monitor.StopAsync();
        await paper.Monitor.DisposeAsync();
        await paper.Monitor.DisposeAsync();
        await paper.Monitor.StopAsync();
        await paper.DisposeAsync();
    }

    [Test]
    public async Task Reload_after_the_stop_starts_nothing()
    {
        await using var paper = await PaperMonitor.StartAsync("a");
        await paper.Monitor.StopAsync();
        paper.Nodes.Add(PaperCluster.Options("b"));

        paper.Reload();

        Assert.That(paper.Probes.Keys, Is.EqualTo(new[] { "a" }));
        Assert.That(paper.Clock.Waiting, Is.Empty);
    }

    [Test]
    public async Task Reading_the_snapshot_allocates_nothing()
    {
        await using var paper = await PaperMonitor.StartAsync("a", "b");
        var monitor = paper.Monitor;
        _ = monitor.Current.Find("b");

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 1_000; round++)
        {
            _ = monitor.Current.Primary;
            _ = monitor.Current.Find("b");
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    // Three answers are asked for in short intervals; after them a turn comes each half second.
    private static async Task PassLearningAsync(PaperMonitor paper)
    {
        for (var turn = 0; turn < 4; turn++)
        {
            var before = paper.Probes.ToDictionary(probe => probe.Key, probe => probe.Value.Questions.Count, StringComparer.Ordinal);
            paper.Clock.Advance(HalfSecond);
            await Eventually.HoldsAsync(() => paper.Probes.All(probe => probe.Value.Questions.Count > before[probe.Key]));
            await RestAsync(paper);
        }

        paper.Clock.Advance(TimeSpan.FromMilliseconds(100));
    }

    // One timer for each watch and one for the next look at the topology.
    private static Task RestAsync(PaperMonitor paper) => Eventually.HoldsAsync(
        () => paper.Clock.Waiting.Count == paper.Probes.Count + 1 && paper.Clock.Waiting.All(due => due > TimeSpan.Zero && due != AbandonAfter));

    private static TimeSpan AbandonAfter => new ProbeOptions().AbandonAfter;
}
