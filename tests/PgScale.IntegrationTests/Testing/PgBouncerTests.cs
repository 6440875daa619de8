using Npgsql;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Testing;

public sealed class PgBouncerTests
{
    private PostgresCluster _cluster = null!;
    private PgBouncerServer _bouncer = null!;

    [OneTimeSetUp]
    public async Task StartCluster()
    {
        await Needs.ServersAsync(TestServerKinds.Postgres | TestServerKinds.PgBouncer);
        _cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions { Replicas = 0 });
        _bouncer = await _cluster.AddPgBouncerAsync(_cluster.Primary, new PgBouncerOptions { PoolSize = 1 });
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
    public async Task Sessions_share_server_connections_between_transactions()
    {
        await using NpgsqlConnection first = await OpenAsync();
        await using NpgsqlConnection second = await OpenAsync();

        var backend = await ScalarAsync<int>(first, "SELECT pg_backend_pid()");

        Assert.That(await ScalarAsync<int>(second, "SELECT pg_backend_pid()"), Is.EqualTo(backend), "the pool has one connection");
    }

    [Test]
    public async Task Session_state_does_not_belong_to_a_session()
    {
        await using NpgsqlConnection first = await OpenAsync();
        await using NpgsqlConnection second = await OpenAsync();

        await ScalarAsync<string>(first, "SELECT set_config('work_mem', '11MB', false)");

        Assert.That(await ScalarAsync<string>(second, "SHOW work_mem"), Is.EqualTo("11MB"), "the other session got the first one's connection");
    }

    [Test]
    public async Task Startup_options_are_refused()
    {
        var options = _bouncer.GetConnectionString(configure: builder => (builder.Options, builder.Pooling) = ("-c work_mem=5MB", false));
        await using NpgsqlConnection connection = new(options);

        Assert.That(async () => await connection.OpenAsync(), Throws.InstanceOf<PostgresException>().With.Message.Contains("unsupported startup parameter"));
    }

    [Test]
    public void The_version_is_known() => Assert.That(_bouncer.Version, Is.GreaterThan(new Version(1, 10)));

    [Test]
    public async Task A_killed_PgBouncer_cuts_its_clients_and_comes_back_on_its_port()
    {
        await using NpgsqlConnection open = await OpenAsync();
        var port = _bouncer.Port;

        await _bouncer.KillAsync();

        Assert.That(async () => await ScalarAsync<int>(open, "SELECT 1"), Throws.InstanceOf<NpgsqlException>());
        Assert.That(_bouncer.IsRunning, Is.False);
        await _bouncer.StartAsync();
        await using NpgsqlConnection again = await OpenAsync();
        Assert.That(await ScalarAsync<int>(again, "SELECT 1"), Is.EqualTo(1));
        Assert.That(_bouncer.Port, Is.EqualTo(port));
    }

    [Test]
    public void A_setting_that_PgBouncer_refuses_is_told_in_its_words() =>
        Assert.That(
            async () => await _cluster.AddPgBouncerAsync(_cluster.Primary, new PgBouncerOptions { Settings = { ["pool_mode"] = "psychic" } }),
            Throws.InstanceOf<TestServerStartException>().With.Message.Contains("pool_mode"));

    private async Task<NpgsqlConnection> OpenAsync()
    {
        NpgsqlConnection connection = new(_bouncer.GetConnectionString(configure: builder => builder.Pooling = false));
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
