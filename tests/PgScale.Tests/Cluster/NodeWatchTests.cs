using Npgsql;
using PgScale.Cluster;

namespace PgScale.Tests.Cluster;

public sealed class NodeWatchTests
{
    private static readonly TimeSpan HalfSecond = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Hundredth = TimeSpan.FromMilliseconds(10);

    private ManualTimeProvider _clock = null!;
    private PaperProbe _probe = null!;
    private Watcher _watcher = null!;
    private NodeWatch _watch = null!;
    private long _epoch;

    [SetUp]
    public void Start()
    {
        _clock = new();
        _epoch = _clock.GetTimestamp();
        _probe = new(_clock);
        _watcher = new();
        _watch = new(new(new(PaperCluster.Options("a"))), _probe, _watcher, _clock, _epoch);
    }

    [TearDown]
    public async Task StopAsync()
    {
        _probe.Resume();
        if (!_probe.IsDisposed)
        {
            await _watch.DisposeAsync();
        }
    }

    [Test]
    public async Task Probe_and_heartbeat_take_turns()
    {
        await RunAsync();
        for (var turn = 0; turn < 8; turn++)
        {
            await PassAsync(HalfSecond);
        }

        Assert.That(_probe.Questions.Select(question => (Since(question.At), question.WantsFacts)), Is.EqualTo(new[]
        {
            (0, true), (500, false), (1000, true), (1500, false), (2000, true), (2500, false), (3000, true), (3500, false), (4000, true),
        }));
    }

    [Test]
    public async Task Urgent_watch_asks_for_facts_in_short_intervals()
    {
        _watcher.Urgent = true;
        await RunAsync();
        for (var turn = 0; turn < 3; turn++)
        {
            await PassAsync(TimeSpan.FromMilliseconds(100));
        }

        Assert.That(_probe.Questions.Select(question => (Since(question.At), question.WantsFacts)),
            Is.EqualTo(new[] { (0, true), (100, true), (200, true), (300, true) }));
    }

    [Test]
    public async Task Turns_lie_on_one_grid_for_all_servers()
    {
        _clock.Advance(TimeSpan.FromMilliseconds(730));
        await RunAsync();
        await PassAsync(TimeSpan.FromMilliseconds(270));

        Assert.That(_probe.Questions.Select(question => Since(question.At)), Is.EqualTo(new[] { 730, 1000 }));
    }

    [Test]
    public async Task Watch_learns_for_three_answers_and_not_while_its_server_is_away()
    {
        _probe.Answer = Refuse;
        await RunAsync();
        Assert.That(_watch.IsLearning, Is.False, "a server that is away is not asked ten times a second");

        _probe.Answer = () => PaperCluster.Primary(100);
        await PassAsync(HalfSecond);
        Assert.That(_watch.IsLearning);
        await PassAsync(HalfSecond);
        await PassAsync(HalfSecond);
        await PassAsync(HalfSecond);
        await PassAsync(HalfSecond);

        Assert.That(_watch.IsLearning, Is.False);
    }

    [Test]
    public async Task Thousand_demands_during_a_probe_make_one_more()
    {
        await RunAsync();
        _probe.Hold();
        await PassAsync(TimeSpan.FromMilliseconds(500), stillAsking: true);
        Parallel.For(0, 1_000, _ => _watch.Demand());
        _probe.Resume();
        await RestsForAsync(20);
        _clock.Advance(TimeSpan.FromMilliseconds(20));
        await RestsForAsync(480);

        Assert.That(_probe.Questions.Select(question => Since(question.At)), Is.EqualTo(new[] { 0, 500, 520 }));
        Assert.That(_probe.MostAtOnce, Is.EqualTo(1));
    }

    [Test]
    public async Task Demands_without_end_make_at_most_fifty_probes_a_second()
    {
        await RunAsync();
        _watch.Demand();
        await RestsForAsync(20);

        Parallel.For(0, 1_000, _ => _watch.Demand());
        _clock.Advance(Hundredth);
        await RestsForAsync(10);
        Parallel.For(0, 1_000, _ => _watch.Demand());
        _clock.Advance(Hundredth);
        await RestsForAsync(480);

        Assert.That(_probe.Questions.Select(question => Since(question.At)), Is.EqualTo(new[] { 0, 20 }), "what was wanted in the pause is answered by the probe after it");
    }

    [Test]
    public async Task Demand_is_answered_at_once_when_the_last_probe_is_not_just_over()
    {
        await RunAsync();
        await PassAsync(TimeSpan.FromMilliseconds(100));

        _watch.Demand();
        await Eventually.HoldsAsync(() => _probe.Probes == 2);

        Assert.That(Since(_probe.Questions[^1].At), Is.EqualTo(100));
    }

    [Test]
    public async Task Silence_is_reported_at_the_timeout_and_not_before()
    {
        _probe.Hold();
        _watch.Start();
        await Eventually.HoldsAsync(() => _clock.Waiting.Contains(TimeSpan.FromMilliseconds(450)));
        _clock.Advance(TimeSpan.FromMilliseconds(449));
        Assert.That(_watcher.Reports, Is.Empty);

        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await Eventually.HoldsAsync(() => _watcher.Reports.Count == 1);

        Assert.That(_watcher.Reports[0].Fault!.Reason, Is.EqualTo("it has not answered for 450 ms"));
    }

    [Test]
    public async Task Hang_between_two_probes_is_known_within_a_second()
    {
        await RunAsync();
        _probe.Hold();
        await PassAsync(HalfSecond, stillAsking: true);
        await PassTimeoutAsync();

        Assert.That(Since(_clock.GetTimestamp()), Is.EqualTo(950));
        Assert.That(_watcher.Reports[^1].Fault, Is.Not.Null);
    }

    [Test]
    public async Task Late_answer_brings_the_server_back()
    {
        _probe.Hold();
        _watch.Start();
        await PassTimeoutAsync();

        _probe.Resume();
        await Eventually.HoldsAsync(() => _watcher.Reports.Count == 2);

        Assert.That(_watcher.Reports[^1].Facts, Is.Not.Null);
        Assert.That(_watcher.Reports[^1].Fault, Is.Null);
        Assert.That(Since(_watcher.Reports[^1].SentAt), Is.Zero, "the position may be as old as the question");
    }

    [Test]
    public async Task Late_heartbeat_leads_to_a_probe_at_once()
    {
        await RunAsync();
        _probe.Hold();
        await PassAsync(HalfSecond, stillAsking: true);
        await PassTimeoutAsync();

        _probe.Resume();
        await Eventually.HoldsAsync(() => _watcher.Reports.Count == 3);

        Assert.That(_watcher.Reports[^1].Facts, Is.Not.Null);
        Assert.That(Since(_probe.Questions[^1].At), Is.EqualTo(950));
    }

    [Test]
    public async Task Question_is_given_up_and_asked_anew()
    {
        _probe.Hold();
        _watch.Start();
        await PassTimeoutAsync();

        _clock.Advance(TimeSpan.FromMilliseconds(1_550));
        await Eventually.HoldsAsync(() => _probe.Questions.Count == 2);

        Assert.That(Since(_probe.Questions[^1].At), Is.EqualTo(2_000));
        Assert.That(_probe.Questions[^1].WantsFacts);
        Assert.That(_watcher.Reports[^1].Fault!.Reason, Is.EqualTo("it does not answer"));
    }

    [Test]
    public async Task After_a_fault_the_next_turn_asks_for_facts()
    {
        _probe.Answer = Refuse;
        await RunAsync();
        _probe.Answer = () => PaperCluster.Primary(100);
        await PassAsync(HalfSecond);

        Assert.That(_probe.Questions.Select(question => (Since(question.At), question.WantsFacts)), Is.EqualTo(new[] { (0, true), (500, true) }));
        Assert.That(_watcher.Reports[^1].Facts, Is.Not.Null);
    }

    [Test]
    public async Task Loop_outlives_a_report_that_throws()
    {
        _watcher.Throws = true;
        await RunAsync();
        await PassAsync(HalfSecond);
        await PassAsync(HalfSecond);
        _watcher.Throws = false;
        await PassAsync(HalfSecond);
        await PassAsync(HalfSecond);

        Assert.That(_watcher.Reports, Has.Count.EqualTo(1));
        Assert.That(_watcher.Failures, Has.Count.EqualTo(1), "it is said once");
    }

    [Test]
    public async Task Stopping_ends_an_open_question_and_reports_nothing()
    {
        _probe.Hold();
        _watch.Start();
        await Eventually.HoldsAsync(() => _probe.Questions.Count == 1);

        await _watch.DisposeAsync();

        Assert.That(_watcher.Reports, Is.Empty);
        Assert.That(_probe.IsDisposed);
        Assert.That(_clock.Waiting, Is.Empty, "no timer is left behind");
    }

    private static NodeFacts Refuse() => throw new NpgsqlException("no", new System.Net.Sockets.SocketException(111));

    private int Since(long timestamp) => (int)_clock.GetElapsedTime(_epoch, timestamp).TotalMilliseconds;

    private async Task RunAsync()
    {
        _watch.Start();
        await SettleAsync();
    }

    private async Task PassAsync(TimeSpan time, bool stillAsking = false)
    {
        var before = _probe.Questions.Count;
        _clock.Advance(time);
        if (stillAsking)
        {
            await Eventually.HoldsAsync(() => _probe.Questions.Count > before && _clock.Waiting.Count == 2);
        }
        else
        {
            await SettleAsync();
        }
    }

    private async Task PassTimeoutAsync()
    {
        var before = _watcher.Reports.Count;
        await Eventually.HoldsAsync(() => _clock.Waiting.Contains(TimeSpan.FromMilliseconds(450)));
        _clock.Advance(TimeSpan.FromMilliseconds(450));
        await Eventually.HoldsAsync(() => _watcher.Reports.Count > before);
    }

    // Between two turns exactly one timer waits, and it is due within a turn; during one there is the longer one that abandons it.
    private Task SettleAsync() => Eventually.HoldsAsync(() => _clock.Waiting is [var due] && due > TimeSpan.Zero && due <= HalfSecond, Describe);

    private Task RestsForAsync(int milliseconds) =>
        Eventually.HoldsAsync(() => _clock.Waiting is [var due] && due == TimeSpan.FromMilliseconds(milliseconds), Describe);

    private string Describe() => $"Timers: {string.Join(", ", _clock.Waiting)}; questions: {string.Join(", ", _probe.Questions)}";

    private sealed class Watcher : INodeWatcher
    {
        private readonly Lock _lock = new();
        private readonly List<NodeObservation> _reports = [];
        private readonly List<Exception> _failures = [];

        public ClusterSettings Settings { get; } = new(new(), []);

        internal bool Urgent { get; set; }

        internal bool Throws { get; set; }

        internal IReadOnlyList<NodeObservation> Reports
        {
            get
            {
                lock (_lock)
                {
                    return [.. _reports];
                }
            }
        }

        internal IReadOnlyList<Exception> Failures
        {
            get
            {
                lock (_lock)
                {
                    return [.. _failures];
                }
            }
        }

        public bool IsUrgent(NodeWatch watch) => Urgent;

        public void Report(NodeWatch watch, NodeObservation observation)
        {
            if (Throws)
            {
                throw new InvalidOperationException("a listener failed");
            }

            lock (_lock)
            {
                _reports.Add(observation);
            }
        }

        public void ReportFailed(NodeWatch watch, Exception failure)
        {
            lock (_lock)
            {
                _failures.Add(failure);
            }
        }
    }
}
