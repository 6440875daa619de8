using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PgScale.Backfill;
using PgScale.IntegrationTests.Cluster;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Backfill;

/// <summary>Each signal over its limit holds a run back and is named, in progress, in the health check and in the status.</summary>
internal sealed class SignalTests
{
    private PostgresCluster _cluster = null!;
    private Filled _filled = null!;

    [OneTimeSetUp]
    public async Task StartClusterAsync()
    {
        _cluster = await EveryVersion.StartAsync(version: null, replicas: 0);
        _filled = await Filled.StartAsync(_cluster, options => options.StalledAfter = TimeSpan.FromSeconds(1));
        await _cluster.Primary.ExecuteAsync(
            """
            CREATE TABLE held (id bigint PRIMARY KEY, v bigint);
            INSERT INTO held SELECT i, 0 FROM generate_series(1, 30000) i;
            UPDATE held SET v = 0;
            ANALYZE held;
            """);
    }

    [OneTimeTearDown]
    public async Task StopClusterAsync()
    {
        if (_filled is not null)
        {
            await _filled.DisposeAsync();
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    private static IEnumerable<TestCaseData> Limits()
    {
        yield return new TestCaseData("connections", new BackfillPace { MinFreeConnections = 10_000 }) { TestName = "Too_few_free_connections_hold_the_run" };
        yield return new TestCaseData("dead_rows", new BackfillPace { MaxDeadRows = 0.01 }) { TestName = "Too_many_dead_rows_hold_the_run" };
        yield return new TestCaseData("checkpoint_distance", new BackfillPace { MaxCheckpointDistance = 0.01 }) { TestName = "Much_log_since_the_last_checkpoint_holds_the_run" };
        yield return new TestCaseData("active_sessions", new BackfillPace { MaxActiveSessions = 1 }) { TestName = "Too_many_active_sessions_hold_the_run" };
        yield return new TestCaseData("wal_rate", new BackfillPace { MaxWalRate = 1, MaxRowsPerSecond = 1_000 }) { TestName = "Too_much_log_a_second_holds_the_run" };
        yield return new TestCaseData("window", new BackfillPace { Windows = [Later(TimeProvider.System.GetUtcNow())] }) { TestName = "Hours_in_which_it_may_not_work_hold_the_run" };
    }

    [TestCaseSource(nameof(Limits))]
    public async Task Signal_over_its_limit_holds_the_run_and_is_named(string signal, BackfillPace pace)
    {
        await using var busy = await BusyAsync();
        var seen = new List<BackfillProgress>();
        using var stop = new CancellationTokenSource();
        var running = _filled.Backfill.RunAsync(Definition($"held by {signal}", pace), new Told(seen), options: null, stop.Token);
        await Eventually.IsTrueAsync(() => Told.Any(seen, one => one.LimitedBy == signal && one.Duty == 0 && one.Reason.Length > 0), $"{signal} holds it");
        await stop.CancelAsync();
        Assert.That(async () => await running, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Critical_load_pauses_the_run_until_somebody_resumes_it()
    {
        var busy = await BusyAsync();
        const string name = "critical";
        var running = _filled.Backfill.RunAsync(Definition(name, new() { CriticalActiveSessions = 1, MaxRowsPerSecond = 10_000 }));
        await Eventually.IsTrueAsync(async () => await _filled.Backfill.GetStatusAsync(name) is { State: BackfillState.Paused, Reason.Length: > 0 }, "it paused itself");
        await busy.DisposeAsync();
        Assert.That(running.IsCompleted, Is.False);
        await Eventually.IsTrueAsync(
            async () =>
            {
                if (await _filled.Backfill.GetStatusAsync(name) is { State: BackfillState.Paused })
                {
                    await _filled.Backfill.ResumeAsync(name);
                }

                return running.IsCompleted;
            },
            "it goes on",
            seconds: 20);
        Assert.That((await running).State, Is.EqualTo(BackfillState.Completed));
    }

    [Test]
    public async Task Health_check_names_what_holds_a_run_for_long()
    {
        using var stop = new CancellationTokenSource();
        var running = _filled.Backfill.RunAsync(Definition("stalled for long", new() { MinFreeConnections = 10_000 }), stop.Token);
        var check = new ControlledBackfillHealthCheck(_filled.Backfill);
        var result = default(HealthCheckResult);
        await Eventually.IsTrueAsync(async () => (result = await check.CheckHealthAsync(new())).Status == HealthStatus.Degraded, "it is degraded");
        Assert.That(result.Description, Does.Contain("stalled for long").And.Contain("10000 must stay free"));
        await stop.CancelAsync();
        Assert.That(async () => await running, Throws.InstanceOf<OperationCanceledException>());
        Assert.That((await check.CheckHealthAsync(new())).Status, Is.EqualTo(HealthStatus.Healthy));
    }

    [Test]
    public async Task Hosted_backfill_runs_beside_the_application_to_its_end()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddPgScale(options => options.Nodes.Add(Watched.NodeOf(_cluster.Primary))).AddHostedBackfill(Definition("hosted", new()));
        await using var provider = services.BuildServiceProvider();
        var hosted = provider.GetServices<Microsoft.Extensions.Hosting.IHostedService>().ToList();
        foreach (var service in hosted)
        {
            await service.StartAsync(CancellationToken.None);
        }

        await Eventually.IsTrueAsync(async () => await _filled.Backfill.GetStatusAsync("hosted") is { State: BackfillState.Completed, RowsChanged: 30_000 }, "it is completed");
        foreach (var service in hosted)
        {
            await service.StopAsync(CancellationToken.None);
        }
    }

    private static BackfillDefinition Definition(string name, BackfillPace pace) => new(name, "held") { Set = { ["v"] = "t.v + 1" }, Pace = pace };

    private static BackfillWindow Later(DateTimeOffset now) => new() { From = TimeOnly.FromDateTime(now.UtcDateTime.AddHours(2)), To = TimeOnly.FromDateTime(now.UtcDateTime.AddHours(3)) };

    /// <summary>Two sessions that are active, until they are disposed of.</summary>
    private async Task<BusySessions> BusyAsync() => await BusySessions.StartAsync(_cluster.Primary, 2);

    private sealed class Told(List<BackfillProgress> seen) : IProgress<BackfillProgress>
    {
        public void Report(BackfillProgress value)
        {
            lock (seen)
            {
                seen.Add(value);
            }
        }

        internal static bool Any(List<BackfillProgress> seen, Predicate<BackfillProgress> wanted)
        {
            lock (seen)
            {
                return seen.Exists(wanted);
            }
        }
    }
}
