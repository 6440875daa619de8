using Dapper;
using Npgsql;
using PgScale.Cluster;
using PgScale.IntegrationTests.Cluster;
using PgScale.Routing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Routing;

/// <summary>A token that no replica is known to hold is checked in the round trip of the read, where the router knows its commands.</summary>
internal sealed class FreshnessGuardTests
{
    private PostgresCluster _cluster = null!;
    private Routed _routed = null!;
    private int _lastId;

    private ReplicaRouter Router => _routed.Router;

    [OneTimeSetUp]
    public async Task StartClusterAsync()
    {
        _cluster = await EveryVersion.StartAsync(version: null);
        await _cluster.Primary.ExecuteAsync("CREATE TABLE guarded (id int PRIMARY KEY)");
        await _cluster.WaitForReplicasAsync();
        _routed = await Routed.StartAsync(_cluster, routing => routing.FreshnessWait = TimeSpan.FromMilliseconds(20));
        await WarmUpAsync(_routed);
    }

    [OneTimeTearDown]
    public async Task StopClusterAsync()
    {
        if (_routed is not null)
        {
            await _routed.DisposeAsync();
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    [TearDown]
    public void NothingIsLeftBehind() => Assert.That(() => _routed.Debts(), Is.EqualTo((0, 0, 0)).After(5_000, 10), "reads in flight, places, budget");

    [Test]
    public async Task Query_checks_its_token_without_a_round_trip_of_its_own()
    {
        var (token, id) = await WriteAsync();
        using var trips = new RoundTrips();
        var (seen, port) = await QueryAsync(Router, token, id);
        Assert.That((seen, trips.Count), Is.EqualTo((1L, 1)));
        Assert.That(port, Is.Not.EqualTo(_cluster.Primary.Port));
    }

    [Test]
    public async Task Delegate_that_gets_the_connection_costs_one_more()
    {
        var (token, id) = await WriteAsync();
        using var trips = new RoundTrips();
        Assert.That(await Router.ReadAsync((connection, cancellation) => Routed.ScalarAsync<long>(connection, Sql(id), cancellation), new() { Token = token }), Is.EqualTo(1));
        Assert.That(trips.Count, Is.EqualTo(2), "the guard has to go before what nobody knows");
    }

    [Test]
    public async Task First_command_on_a_connection_of_the_data_source_takes_the_check_along()
    {
        var (token, id) = await WriteAsync();
        await using var connection = await OpenAsync(token);
        using var trips = new RoundTrips();
        Assert.That(await connection.QuerySingleAsync<long>("SELECT count(*) FROM guarded WHERE id = @id AND id = @id", new { id }), Is.EqualTo(1));
        Assert.That(trips.Count, Is.EqualTo(1));
        Assert.That(await connection.ExecuteScalarAsync<long>(Sql(id)), Is.EqualTo(1));
        Assert.That(trips.Count, Is.EqualTo(2), "the second one has nothing to check");
    }

    [Test]
    public async Task Scalar_non_query_synchronous_and_prepared_commands_are_checked_too([Values] Way way)
    {
        var (token, id) = await WriteAsync();
        await using var connection = await OpenAsync(token);
        await using var command = connection.CreateCommand();
        command.CommandText = Sql(id);
        if (way == Way.Prepared)
        {
            await command.PrepareAsync();
        }

        Assert.That(
            way switch
            {
                Way.NonQuery => await command.ExecuteNonQueryAsync(),
                Way.Synchronous => command.ExecuteScalar(),
                _ => await command.ExecuteScalarAsync(),
            },
            Is.EqualTo(way == Way.NonQuery ? -1 : 1L));
    }

    [Test]
    public async Task Several_statements_in_one_text_and_transactions_are_checked_before_they_run([Values] bool transaction)
    {
        var (token, id) = await WriteAsync();
        await using var connection = await OpenAsync(token);
        await using var open = transaction ? await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead) : null;
        await using var results = await connection.QueryMultipleAsync($"SELECT 7; {Sql(id)}", transaction: open);
        Assert.That((await results.ReadSingleAsync<int>(), await results.ReadSingleAsync<long>()), Is.EqualTo((7, 1L)));
    }

    [Test]
    public async Task Error_of_a_guarded_command_is_the_callers([Values] bool query)
    {
        var (token, _) = await WriteAsync();
        const string sql = "SELECT no_such_column FROM guarded";
        Assert.That(
            async () =>
            {
                if (query)
                {
                    await Router.QueryAsync(batch => batch.BatchCommands.Add(new(sql)), (reader, cancellation) => reader.ReadAsync(cancellation), new() { Token = token });
                    return;
                }

                await using var connection = await OpenAsync(token);
                await connection.ExecuteScalarAsync(sql);
            },
            Throws.InstanceOf<PostgresException>().With.Property("SqlState").EqualTo("42703"));
    }

    [Test]
    public async Task Replica_that_does_not_get_there_in_time_is_left_for_one_that_has_it([Values] bool query)
    {
        await _cluster["replica1"].PauseReplayAsync();
        try
        {
            for (var i = 0; i < 10; i++)
            {
                var (token, id) = await WriteAsync(wait: false);
                await using var connection = query ? null : await OpenAsync(token);
                var seen = query ? (await QueryAsync(Router, token, id)).Seen : await connection!.QuerySingleAsync<long>(Sql(id));
                Assert.That(seen, Is.EqualTo(1));
            }
        }
        finally
        {
            await _cluster["replica1"].ResumeReplayAsync();
        }
    }

    [Test]
    public async Task Under_repeatable_read_the_answer_is_not_trusted_in_the_same_transaction_and_the_read_is_sent_again([Values] bool query)
    {
        await using var routed = await Routed.StartAsync(_cluster.Servers.Select(server => new NodeOptions
        {
            Name = server.Name,
            ConnectionString = server.GetConnectionString(configure: connection => connection.Options = @"-c default_transaction_isolation=repeatable\ read"),
        }));
        await WarmUpAsync(routed);
        var (token, id) = await WriteAsync();
        await using var connection = query ? null : await OpenAsync(token, routed);
        using var trips = new RoundTrips();
        Assert.That(query ? (await QueryAsync(routed.Router, token, id)).Seen : await connection!.QuerySingleAsync<long>(Sql(id)), Is.EqualTo(1));
        Assert.That(trips.Count, Is.EqualTo(2));
    }

    [Test]
    public async Task Read_that_may_run_once_only_is_checked_before_it_is_sent()
    {
        var (token, id) = await WriteAsync();
        using var trips = new RoundTrips();
        Assert.That((await QueryAsync(Router, token, id, idempotent: false)).Seen, Is.EqualTo(1));
        Assert.That(trips.Count, Is.EqualTo(2));
    }

    private static string Sql(int id) => $"SELECT count(*) FROM guarded WHERE id = {id}";

    private static Task<(long Seen, int Port)> QueryAsync(ReplicaRouter router, ConsistencyToken token, int id, bool idempotent = true) => router.QueryAsync(
        batch => batch.BatchCommands.Add(new($"SELECT (SELECT count(*) FROM guarded WHERE id = $1), current_setting('port')::int") { Parameters = { new() { Value = id } } }),
        async (reader, cancellation) =>
        {
            await reader.ReadAsync(cancellation);
            return (reader.GetInt64(0), reader.GetInt32(1));
        },
        new() { Token = token, Idempotent = idempotent });

    private async Task<(ConsistencyToken Token, int Id)> WriteAsync(bool wait = true)
    {
        var id = Interlocked.Increment(ref _lastId);
        var token = await Router.WriteAsync((connection, cancellation) => Routed.ExecuteAsync(connection, $"INSERT INTO guarded VALUES ({id})", cancellation));
        if (wait)
        {
            await _cluster.WaitForReplicasAsync(); // they have it, and the router does not know
        }

        return (token.Token, id);
    }

    private async Task<System.Data.Common.DbConnection> OpenAsync(ConsistencyToken token, Routed? routed = null)
    {
        using var scope = (routed ?? _routed).Router.BeginConsistencyScope(token);
        return await (routed ?? _routed).Router.AsDataSource().OpenConnectionAsync();
    }

    // Pools of all replicas have connections, whose opening would count.
    private static async Task WarmUpAsync(Routed routed) =>
        await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => routed.Router.ReadAsync((connection, cancellation) => Routed.ExecuteAsync(connection, "SELECT pg_sleep(0.02)", cancellation))));

    internal enum Way
    {
        Scalar = 0,
        NonQuery,
        Synchronous,
        Prepared,
    }
}
