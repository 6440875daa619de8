using Npgsql;
using PgScale.Buffering;
using PgScale.Cluster;
using PgScale.DependencyInjection;
using PgScale.IntegrationTests.Cluster;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Buffering;

/// <summary>Connections that break, servers that end, primaries that change: every item is written, and written once.</summary>
internal sealed class FlushFaultTests
{
    private static readonly int Trials = int.TryParse(Environment.GetEnvironmentVariable("PGSCALE_CHECK_FLUSHES"), System.Globalization.CultureInfo.InvariantCulture, out var trials) ? trials : 40;

    private PostgresCluster _cluster = null!;
    private FaultProxy _proxy = null!;

    [SetUp]
    public async Task StartClusterAsync()
    {
        _cluster = await EveryVersion.StartAsync(version: null, replicas: 1);
        await _cluster.Primary.ExecuteAsync("CREATE TABLE item (id bigint, text text)"); // no key: a duplicate would stay
        await _cluster.Primary.ExecuteAsync("CREATE TABLE counter (id bigint PRIMARY KEY, hits bigint NOT NULL)");
        await _cluster.WaitForReplicasAsync();
        _proxy = await _cluster.AddFaultProxyAsync(_cluster.Primary);
    }

    [TearDown]
    public async Task StopClusterAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    /// <summary>The connection is cut after each of the first bytes of a flush in turn, in either direction: BEGIN, the ledger, the rows, COMMIT and its answer.</summary>
    [Test]
    public async Task Connection_cut_at_any_byte_loses_and_doubles_nothing([Values] FaultDirection direction)
    {
        await using var buffered = await StartAsync();
        var (items, hits) = (buffered.Get<Entry>(), buffered.Get<Hit>());
        await FlushAsync(items, hits, trial: 0);
        for (var trial = 1; trial <= Trials; trial++)
        {
            _proxy.CutAfter(trial * 1_600L / Trials, direction);
            var flushing = FlushAsync(items, hits, trial);
            await Task.WhenAny(flushing, Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System));
            _proxy.Heal();
            await flushing.WaitAsync(TimeSpan.FromSeconds(20));
        }

        await AssertExactAsync(Trials);
    }

    [Test]
    public async Task Refused_password_stops_the_buffer_until_it_is_right_again()
    {
        await _cluster.Primary.ExecuteAsync("CREATE ROLE writer SUPERUSER LOGIN PASSWORD 'right'");
        await using var buffered = await StartAsync(throughProxy: false, signIn: new() { Username = "writer", Password = "right" });
        var items = buffered.Get<Entry>();
        await _cluster.Primary.ExecuteAsync("ALTER ROLE writer PASSWORD 'wrong'");
        await _cluster.Primary.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'writer'");
        items.TryEnqueue(new(1, "kept"));
        Assert.That(async () => await items.FlushAsync().WaitAsync(TimeSpan.FromSeconds(20)), Throws.InstanceOf<BufferStoppedException>().With.Message.Contains("28P01"));
        await _cluster.Primary.ExecuteAsync("ALTER ROLE writer PASSWORD 'right'");
        await Testing.Eventually.IsTrueAsync(async () => await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM item") == 1, "it is written");
    }

    [Test]
    public async Task Backends_that_are_terminated_lose_and_double_nothing()
    {
        await using var buffered = await StartAsync(throughProxy: false);
        var (items, hits) = (buffered.Get<Entry>(), buffered.Get<Hit>());
        await FlushAsync(items, hits, trial: 0);
        using var done = new CancellationTokenSource();
        var killing = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                await _cluster.Primary.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%pgscale-buffer%' AND state <> 'idle'");
            }
        });
        for (var trial = 1; trial <= Trials; trial++)
        {
            await FlushAsync(items, hits, trial).WaitAsync(TimeSpan.FromSeconds(30));
        }

        await done.CancelAsync();
        await killing;
        await AssertExactAsync(Trials);
    }

    [Test]
    public async Task Lost_answer_to_commit_is_asked_of_the_ledger()
    {
        await using var buffered = await StartAsync();
        await FlushAsync(buffered.Get<Entry>(), buffered.Get<Hit>(), trial: 0);
        await _cluster.Primary.ExecuteAsync("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END'");
        await _cluster.Primary.ExecuteAsync("CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON item DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()");
        buffered.Get<Entry>().TryEnqueue(new(100, "slow"));
        var flushing = buffered.Get<Entry>().FlushAsync();
        await Testing.Eventually.IsTrueAsync(
            async () => await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == 1, "COMMIT is under way");
        _proxy.Reset(); // the server goes on: it notices when it answers
        await flushing.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.That(await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM item WHERE id = 100"), Is.EqualTo(1));
    }

    [Test]
    public async Task Failover_is_followed_and_loses_nothing_that_the_new_primary_has()
    {
        await _cluster.Primary.ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = '*'"); // what is committed is on the replica
        await _cluster.Primary.ExecuteAsync("SELECT pg_reload_conf()");
        await Testing.Eventually.IsTrueAsync(
            async () => await _cluster.Primary.ScalarAsync<string>("SELECT sync_state FROM pg_stat_replication") == "sync", "the replica is synchronous");
        await using var buffered = await StartAsync(throughProxy: false);
        var (items, hits) = (buffered.Get<Entry>(), buffered.Get<Hit>());
        await FlushAsync(items, hits, trial: 0);
        var trial = 0;
        using var done = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                await FlushAsync(items, hits, ++trial);
            }
        });
        await Testing.Eventually.IsTrueAsync(() => trial > 5, "writes flow");
        await _cluster.Primary.KillAsync();
        var before = trial;
        await _cluster.PromoteAsync(_cluster["replica1"]);
        await _cluster.Primary.ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = ''");
        await _cluster.Primary.ExecuteAsync("SELECT pg_reload_conf()");
        await Testing.Eventually.IsTrueAsync(() => trial > before + 5, "writes flow again", seconds: 20);
        await done.CancelAsync();
        await writing.WaitAsync(TimeSpan.FromSeconds(20));
        await AssertExactAsync(trial);
    }

    [Test]
    public async Task Server_that_hangs_is_left_for_the_new_primary()
    {
        await using var buffered = await StartAsync(throughProxy: false);
        var (items, hits) = (buffered.Get<Entry>(), buffered.Get<Hit>());
        await FlushAsync(items, hits, trial: 0);
        await _cluster.WaitForReplicasAsync();
        var old = _cluster.Primary;
        await old.FreezeAsync();
        var flushing = FlushAsync(items, hits, trial: 1);
        await _cluster.PromoteAsync(_cluster["replica1"]);
        await flushing.WaitAsync(TimeSpan.FromSeconds(15));
        await AssertExactAsync(1);
        await old.KillAsync();
    }

    [Test]
    public async Task Items_wait_within_the_bounds_while_the_server_is_down()
    {
        await using var buffered = await StartAsync(throughProxy: false);
        var (items, hits) = (buffered.Get<Entry>(), buffered.Get<Hit>());
        await FlushAsync(items, hits, trial: 0);
        await _cluster.Primary.StopAsync();
        for (var id = 100; id < 20_100; id++)
        {
            Assert.That(items.TryEnqueue(new(id, "kept")), Is.True);
            Assert.That(hits.TryEnqueue(new(id % 10, default)), Is.True);
        }

        await Testing.Eventually.IsTrueAsync(() => buffered.Monitor.Current.Primary is null, "it is known to be down");
        await _cluster.Primary.StartAsync();
        await Task.WhenAll(items.FlushAsync(), hits.FlushAsync()).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.That(
            (await _cluster.Primary.ScalarAsync<long>("SELECT count(DISTINCT id) FROM item WHERE id >= 100"), await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM item WHERE id >= 100"), await SumAsync()),
            Is.EqualTo((20_000L, 20_000L, 20_050L)));
    }

    [Test]
    public async Task Host_starts_without_a_primary_and_the_buffer_flushes_when_there_is_one()
    {
        await _cluster.Primary.StopAsync();
        await using var buffered = await StartAsync(throughProxy: false);
        Assert.That(buffered.Log.Count(4009), Is.EqualTo(2));
        buffered.Get<Entry>().TryEnqueue(new(1, "early"));
        await _cluster.Primary.StartAsync();
        await buffered.Get<Entry>().FlushAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.That(await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM item"), Is.EqualTo(1));
    }

    [Test]
    public async Task Shutdown_with_a_dead_server_ends_in_time_and_says_what_is_left()
    {
        await using var buffered = await StartAsync(throughProxy: false, options => options.DrainTimeout = TimeSpan.FromMilliseconds(300));
        await FlushAsync(buffered.Get<Entry>(), buffered.Get<Hit>(), trial: 0);
        await _cluster.Primary.StopAsync();
        for (var id = 0; id < 1_234; id++)
        {
            buffered.Get<Entry>().TryEnqueue(new(id, "left"));
        }

        await buffered.StopAsync().WaitAsync(TimeSpan.FromSeconds(5));
        Assert.That(buffered.Log.Texts, Has.Some.Contains("ends with 1234 items"));
    }

    [Test]
    public async Task Pooler_in_transaction_mode_changes_nothing()
    {
        await Testing.Needs.ServersAsync(TestServerKinds.PgBouncer);
        var pooler = await _cluster.AddPgBouncerAsync(_cluster.Primary, new() { PoolSize = 2 });
        NodeOptions node = new() { Name = "primary", ConnectionString = pooler.ConnectionString, ProbeConnectionString = _cluster.Primary.ConnectionString, Pooler = PoolerMode.PgBouncerTransaction };
        await using var buffered = await Buffered.StartAsync([node], builder => Add(builder));
        for (var trial = 0; trial <= 10; trial++)
        {
            await FlushAsync(buffered.Get<Entry>(), buffered.Get<Hit>(), trial);
        }

        for (var id = 0; id < 5_000; id++)
        {
            buffered.Get<Entry>().TryEnqueue(new(-1, "copied"));
        }

        await buffered.Get<Entry>().FlushAsync();
        Assert.That(await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM item WHERE id = -1"), Is.EqualTo(5_000));
        await AssertExactAsync(10);
    }

    private Task<Buffered> StartAsync(bool throughProxy = true, Action<LazyWriteBufferOptions>? configure = null, NpgsqlConnectionStringBuilder? signIn = null) => Buffered.StartAsync(
        _cluster.Servers.Select(server => new NodeOptions
        {
            Name = server.Name,
            ConnectionString = $"{(throughProxy && server == _cluster.Primary ? _proxy.ConnectionString : server.ConnectionString)};{signIn}",
            ProbeConnectionString = server.ConnectionString,
        }),
        builder => Add(builder, configure));

    private static void Add(IPgScaleBuilder builder, Action<LazyWriteBufferOptions>? configure = null)
    {
        builder.AddLazyWriteBuffer<Entry>(to => to.AppendTo("item").Column("id", item => item.Id).Column("text", item => item.Text), Configure);
        builder.AddLazyWriteBuffer<Hit>(to => to.MergeInto("counter").Key("id", hit => hit.Conversation).Sum("hits", _ => 1), Configure);

        void Configure(LazyWriteBufferOptions options)
        {
            (options.FlushInterval, options.RetryDelay, options.CopyFromRows, options.MaxRetryDelay) = (TimeSpan.FromHours(1), TimeSpan.FromMilliseconds(10), 3, TimeSpan.FromMilliseconds(200));
            configure?.Invoke(options);
        }
    }

    // Two items by arrays or four by COPY, five hits on each of ten counters.
    private static Task FlushAsync(LazyWriteBuffer<Entry> items, LazyWriteBuffer<Hit> hits, int trial)
    {
        for (var copy = 0; copy < (trial % 2 == 0 ? 2 : 4); copy++)
        {
            Assert.That(items.TryEnqueue(new(trial, $"copy {copy}")), Is.True);
        }

        for (var hit = 0; hit < 50; hit++)
        {
            Assert.That(hits.TryEnqueue(new(hit % 10, default)), Is.True);
        }

        return Task.WhenAll(items.FlushAsync(), hits.FlushAsync());
    }

    private async Task AssertExactAsync(int trials)
    {
        var wrong = await _cluster.Primary.ScalarAsync<string>(
            "SELECT coalesce(string_agg(id || ': ' || copies, ', '), '') FROM (SELECT id, count(*) AS copies FROM item WHERE id >= 0 GROUP BY id) AS row WHERE copies <> CASE id % 2 WHEN 0 THEN 2 ELSE 4 END");
        Assert.That(
            (wrong, await _cluster.Primary.ScalarAsync<long>("SELECT count(DISTINCT id) FROM item WHERE id >= 0"), await SumAsync()),
            Is.EqualTo(("", trials + 1L, 50L * (trials + 1))));
    }

    private Task<long> SumAsync() => _cluster.Primary.ScalarAsync<long>("SELECT sum(hits)::bigint FROM counter");
}
