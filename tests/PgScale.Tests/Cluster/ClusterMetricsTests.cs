using System.Diagnostics.Metrics;
using Npgsql;
using PgScale.Cluster;
using PgScale.Diagnostics;

namespace PgScale.Tests.Cluster;

public sealed class ClusterMetricsTests
{
    [Test]
    public async Task Names_and_units_stay()
    {
        await using var paper = await PaperMonitor.StartAsync("a", "b");
        using var listener = new Listener(paper.Meters);

        Assert.That(listener.Instruments.Select(instrument => $"{instrument.Name} {instrument.Unit}").Order(StringComparer.Ordinal), Is.EqualTo(new[]
        {
            "pgscale.cluster.node.health {node}",
            "pgscale.cluster.node.lag s",
            "pgscale.cluster.node.lag_bytes By",
            "pgscale.cluster.node.role {node}",
            "pgscale.cluster.primary {node}",
            "pgscale.cluster.probe.duration s",
        }));
        Assert.That(listener.Instruments.Select(instrument => instrument.Description), Is.All.Not.Empty);
        Assert.That(listener.Instruments.Select(instrument => instrument.Meter.Name), Is.All.EqualTo(PgScaleTelemetry.MeterName));
    }

    [Test]
    public async Task Cluster_is_described_by_instance_node_and_role()
    {
        await using var paper = await PaperMonitor.StartAsync("a", "b");
        using var listener = new Listener(paper.Meters);

        var seen = listener.Collect();

        Assert.That(seen, Does.Contain("pgscale.cluster.primary=1 pgscale.instance=default"));
        Assert.That(seen, Does.Contain("pgscale.cluster.node.role=1 pgscale.instance=default pgscale.node=a pgscale.role=primary"));
        Assert.That(seen, Does.Contain("pgscale.cluster.node.role=1 pgscale.instance=default pgscale.node=b pgscale.role=replica"));
        Assert.That(seen, Does.Contain("pgscale.cluster.node.health=1 pgscale.health=healthy pgscale.instance=default pgscale.node=b"));
        Assert.That(seen, Does.Contain("pgscale.cluster.node.health=0 pgscale.health=not_replicating pgscale.instance=default pgscale.node=b"));
        Assert.That(seen.Count(line => line.StartsWith("pgscale.cluster.node.health=1", StringComparison.Ordinal)), Is.EqualTo(2));
    }

    [Test]
    public async Task Lag_is_measured_on_replicas_whose_lag_is_known()
    {
        await using var paper = await PaperMonitor.StartAsync("a", "b");
        paper.Clock.Advance(TimeSpan.FromSeconds(1));
        await paper.SeesAsync(snapshot => snapshot.Find("b")!.Lag.IsKnown);
        using var listener = new Listener(paper.Meters);

        var seen = listener.Collect();

        Assert.That(seen, Does.Contain("pgscale.cluster.node.lag=0 pgscale.instance=default pgscale.node=b"));
        Assert.That(seen, Does.Contain("pgscale.cluster.node.lag_bytes=0 pgscale.instance=default pgscale.node=b"));
        Assert.That(seen, Has.None.Matches<string>(line => line.Contains("lag", StringComparison.Ordinal) && line.EndsWith("node=a", StringComparison.Ordinal)));
    }

    [Test]
    public async Task Replica_that_is_away_shows_no_old_lag()
    {
        await using var paper = await PaperMonitor.StartAsync("a", "b");
        paper.Clock.Advance(TimeSpan.FromSeconds(1));
        await paper.SeesAsync(snapshot => snapshot.Find("b")!.Lag.IsKnown);
        paper.Probes["b"].Answer = static () => throw new NpgsqlException("gone");
        paper.Clock.Advance(TimeSpan.FromSeconds(1));
        await paper.SeesAsync(snapshot => snapshot.Find("b")!.Health == NodeHealth.Unreachable);
        using var listener = new Listener(paper.Meters);

        Assert.That(listener.Collect(), Has.None.StartsWith("pgscale.cluster.node.lag"), "a dead replica that looks fresh would silence an alert");
    }

    [Test]
    public async Task Missing_primary_is_zero()
    {
        await using var paper = new PaperMonitor("a");
        using var listener = new Listener(paper.Meters);

        Assert.That(listener.Collect(), Is.EqualTo(new[] { "pgscale.cluster.primary=0 pgscale.instance=default" }));
    }

    [Test]
    public async Task Probes_are_timed_with_how_they_ended()
    {
        await using var paper = new PaperMonitor("a", "b");
        using var listener = new Listener(paper.Meters);
        paper.Probes["b"].Answer = static () => throw new NpgsqlException("gone");

        await paper.StartAsync();
        await Eventually.HoldsAsync(() => listener.Recorded.Count >= 2);

        Assert.That(listener.Recorded, Does.Contain("pgscale.cluster.probe.duration=0 pgscale.instance=default pgscale.node=a pgscale.outcome=answered"));
        Assert.That(listener.Recorded, Does.Contain("pgscale.cluster.probe.duration=0 pgscale.instance=default pgscale.node=b pgscale.outcome=failed"));
    }

    [Test]
    public async Task Listener_that_throws_blinds_no_monitor()
    {
        await using var paper = new PaperMonitor("a", "b");
        using var listener = new Listener(paper.Meters) { Throws = true };
        paper.Probes["b"].Answer = static () => PaperCluster.Replica(100);

        await paper.StartAsync();

        Assert.That(paper.Current.Primary!.Name, Is.EqualTo("a"));
    }

    [Test]
    public async Task Monitor_that_ended_is_measured_no_more()
    {
        await using var paper = await PaperMonitor.StartAsync("a");
        await paper.Monitor.DisposeAsync();
        using var listener = new Listener(paper.Meters);

        Assert.That(listener.Collect(), Is.Empty);
    }

    private sealed class Listener : IDisposable
    {
        private readonly Lock _lock = new();
        private readonly MeterListener _listener = new();
        private readonly List<string> _recorded = [];

        internal Listener(IMeterFactory factory)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, factory))
                {
                    Instruments.Add(instrument);
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
            _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Record(instrument, value, tags));
            _listener.Start();
        }

        internal List<Instrument> Instruments { get; } = [];

        internal bool Throws { get; set; }

        internal IReadOnlyList<string> Recorded
        {
            get
            {
                lock (_lock)
                {
                    return [.. _recorded];
                }
            }
        }

        public void Dispose() => _listener.Dispose();

        internal IReadOnlyList<string> Collect()
        {
            lock (_lock)
            {
                _recorded.Clear();
            }

            _listener.RecordObservableInstruments();
            return Recorded;
        }

        private void Record<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (Throws)
            {
                throw new InvalidOperationException("an exporter failed");
            }

            var text = string.Join(' ', tags.ToArray().OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $"{tag.Key}={tag.Value}"));
            lock (_lock)
            {
                _recorded.Add(FormattableString.Invariant($"{instrument.Name}={value} {text}"));
            }
        }
    }
}
