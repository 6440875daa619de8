using System.Runtime.Versioning;
using Npgsql;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Testing;

public sealed class PostgresClusterTests
{
    private PostgresCluster _cluster = null!;

    [OneTimeSetUp]
    public async Task StartCluster()
    {
        await Needs.ServersAsync(TestServerKinds.Postgres);
        _cluster = await PostgresCluster.StartAsync();
    }

    [OneTimeTearDown]
    public async Task EndCluster()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    [Test]
    public async Task A_primary_and_two_replicas_start_in_a_few_seconds()
    {
        var start = TimeProvider.System.GetTimestamp();
        await using PostgresCluster second = await PostgresCluster.StartAsync();
        TimeSpan elapsed = TimeProvider.System.GetElapsedTime(start);
        await TestContext.Out.WriteLineAsync($"started in {elapsed.TotalSeconds:0.00} s");

        Assert.That(second.Replicas, Has.Count.EqualTo(2));
        Assert.That(elapsed, Is.LessThan(TimeSpan.FromSeconds(8)), "about two seconds on an idle machine");
    }

    [Test]
    public async Task What_the_primary_writes_is_read_on_every_replica()
    {
        await _cluster.Primary.ExecuteAsync("CREATE TABLE written AS SELECT 7 AS value");
        await _cluster.WaitForReplicasAsync();

        var values = await Task.WhenAll(_cluster.Replicas.Select(replica => replica.ScalarAsync<int>("SELECT value FROM written")));

        Assert.That(values, Has.Length.EqualTo(2).And.All.EqualTo(7));
    }

    [Test]
    public void A_replica_refuses_writes() =>
        Assert.That(
            async () => await _cluster["replica1"].ExecuteAsync("CREATE TABLE refused (id int)"),
            Throws.InstanceOf<PostgresException>().With.Property(nameof(PostgresException.SqlState)).EqualTo(PostgresErrorCodes.ReadOnlySqlTransaction));

    [Test]
    public async Task Waiting_for_replicas_ends_on_an_idle_primary_after_a_segment_switch()
    {
        await _cluster.Primary.ExecuteAsync("SELECT pg_switch_wal()");

        Assert.That(async () => await _cluster.WaitForReplicasAsync().WaitAsync(TimeSpan.FromSeconds(10)), Throws.Nothing);
    }

    [Test]
    public async Task Two_clusters_of_one_process_are_different_systems()
    {
        await using PostgresCluster second = await PostgresCluster.StartAsync(new PostgresClusterOptions { Replicas = 0 });
        const string Identifier = "SELECT system_identifier FROM pg_control_system()";

        var first = await _cluster.Primary.ScalarAsync<long>(Identifier);

        Assert.That(await second.Primary.ScalarAsync<long>(Identifier), Is.Not.EqualTo(first));
        Assert.That(await _cluster["replica2"].ScalarAsync<long>(Identifier), Is.EqualTo(first));
    }

    [Test]
    public async Task The_password_of_one_cluster_does_not_open_another()
    {
        await using PostgresCluster second = await PostgresCluster.StartAsync(new PostgresClusterOptions { Replicas = 0 });
        var mixed = _cluster.Primary.GetConnectionString(configure: builder => builder.Port = second.Primary.Port);
        await using NpgsqlConnection connection = new(mixed);

        Assert.That(
            async () => await connection.OpenAsync(),
            Throws.InstanceOf<PostgresException>().With.Property(nameof(PostgresException.SqlState)).EqualTo(PostgresErrorCodes.InvalidPassword));
    }

    [Test]
    public async Task Servers_listen_on_the_loopback_address_only()
    {
        Assert.That(await _cluster.Primary.ScalarAsync<string>("SHOW listen_addresses"), Is.EqualTo("127.0.0.1"));
        Assert.That(await _cluster.Primary.ScalarAsync<string>("SHOW unix_socket_directories"), Is.Empty);
        Assert.That(_cluster.Servers.Select(server => server.Port), Is.All.LessThan(32_768));
    }

    [Test]
    public async Task The_process_id_is_the_postmasters()
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(_cluster.Primary.DataDirectory, "postmaster.pid"));

        Assert.That(_cluster.Primary.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), Is.EqualTo(lines[0]));
    }

    [Test]
    [Platform(Exclude = "Win")]
    [UnsupportedOSPlatform("windows")]
    public void Data_directories_are_private()
    {
        Assert.That(File.GetUnixFileMode(_cluster.Primary.DataDirectory), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        Assert.That(
            File.GetUnixFileMode(Path.GetDirectoryName(_cluster.Primary.DataDirectory)!),
            Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
    }

    [Test]
    public async Task Options_choose_database_settings_and_durability()
    {
        PostgresClusterOptions options = new()
        {
            Replicas = 0,
            Database = "chat",
            Durable = true,
            Directory = Directory.GetParent(_cluster.Primary.DataDirectory)!.Parent!.FullName,
            Settings = { ["work_mem"] = "7MB" },
        };
        await using PostgresCluster cluster = await PostgresCluster.StartAsync(options);

        Assert.That(cluster.Primary.DataDirectory, Does.StartWith(options.Directory));
        Assert.That(await cluster.Primary.ScalarAsync<string>("SELECT current_database()::text"), Is.EqualTo("chat"));
        Assert.That(await cluster.Primary.ScalarAsync<string>("SHOW work_mem"), Is.EqualTo("7MB"));
        Assert.That(await cluster.Primary.ScalarAsync<string>("SHOW fsync"), Is.EqualTo("on"));
        Assert.That(await cluster.Primary.ScalarAsync<string>("SHOW full_page_writes"), Is.EqualTo("on"));
    }

    [Test]
    public void A_server_that_cannot_start_says_why_in_the_words_of_its_log() =>
        Assert.That(
            async () => await PostgresCluster.StartAsync(new PostgresClusterOptions { Replicas = 0, Settings = { ["shared_buffers"] = "plenty" } }),
            Throws.InstanceOf<PostgresStartException>().With.Message.Contains("invalid value for parameter \"shared_buffers\"").And.Message.Contains("primary"));

    [Test]
    public void The_primary_is_neither_removed_nor_promoted_nor_rejoined_and_names_are_checked()
    {
        Assert.That(async () => await _cluster.RemoveAsync(_cluster.Primary), Throws.InvalidOperationException);
        Assert.That(async () => await _cluster.PromoteAsync(_cluster.Primary), Throws.InvalidOperationException);
        Assert.That(async () => await _cluster.RejoinAsync(_cluster.Primary), Throws.InvalidOperationException);
        Assert.That(async () => await _cluster.AddReplicaAsync("replica1"), Throws.ArgumentException.With.Message.Contains("already"));
        Assert.That(async () => await _cluster.AddReplicaAsync("../x"), Throws.ArgumentException.With.Message.Contains("letters"));
    }

    [Test]
    public async Task A_cluster_of_someone_else_is_used_but_not_hurt()
    {
        Dictionary<string, string?> variables = new(StringComparer.Ordinal)
        {
            ["PGSCALE_TEST_PRIMARY"] = _cluster.Primary.ConnectionString,
            ["PGSCALE_TEST_REPLICAS"] = _cluster["replica1"].ConnectionString + "|" + _cluster["replica2"].ConnectionString,
        };
        await using PgScale.Testing.Postgres.ExternalCluster? external = await PgScale.Testing.Postgres.ExternalCluster.FindAsync(
            new PostgresClusterOptions(), name => variables.GetValueOrDefault(name), CancellationToken.None);

        Assert.That(external!.MajorVersion, Is.EqualTo(_cluster.MajorVersion));
        Assert.That(external.Servers.Select(server => server.Port), Is.EqualTo(_cluster.Servers.Select(server => server.Port)));
        Assert.That(
            async () => await external.Servers[1].KillAsync(),
            Throws.InstanceOf<NotSupportedException>().With.Message.Contains("PGSCALE_TEST_PRIMARY"));
    }
}
