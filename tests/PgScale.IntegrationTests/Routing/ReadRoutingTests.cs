using Npgsql;
using PgScale.Cluster;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Routing;

/// <summary>Where reads go when all is well, when tokens travel with them, and when replicas lag.</summary>
internal sealed class ReadRoutingTests
{
    private PostgresCluster _cluster = null!;
    private Routed _routed = null!;

    [OneTimeSetUp]
    public async Task StartClusterAsync()
    {
        _cluster = await Cluster.EveryVersion.StartAsync(version: null);
        await _cluster.Primary.ExecuteAsync("CREATE TABLE routed (id int PRIMARY KEY, value int NOT NULL)");
        await _cluster.WaitForReplicasAsync();
        _routed = await Routed.StartAsync(_cluster);
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

    [Test]
    public async Task Reads_go_to_all_replicas_and_never_to_the_primary()
    {
        // One client at a time stays with the node that was quicker, until its memory of the other one's first, cold read fades.
        var ports = new HashSet<int>();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (ports.Count < _cluster.Replicas.Count)
        {
            deadline.Token.ThrowIfCancellationRequested();
            ports.Add(await _routed.PortOfReadAsync());
            Assert.That(ports, Does.Not.Contain(_cluster.Primary.Port));
        }
    }

    [Test]
    public async Task Write_goes_to_the_primary_and_its_token_makes_every_read_see_it()
    {
        for (var id = 1; id <= 50; id++)
        {
            var write = await _routed.Router.WriteAsync(
                async (connection, cancellation) => (await Routed.ExecuteAsync(connection, $"INSERT INTO routed VALUES ({id}, {id})", cancellation), await Routed.PortAsync(connection, cancellation)));
            Assert.That(write.Value.Item2, Is.EqualTo(_cluster.Primary.Port));
            var seen = await _routed.Router.ReadAsync(
                (connection, cancellation) => Routed.ScalarAsync<long>(connection, $"SELECT count(*) FROM routed WHERE id = {id}", cancellation),
                new() { Token = write.Token });
            Assert.That(seen, Is.EqualTo(1));
        }
    }

    [Test]
    public async Task Token_of_a_write_does_not_wait_for_the_open_transaction_of_another_client()
    {
        await using var other = await _cluster.Primary.OpenConnectionAsync();
        await using var open = await other.BeginTransactionAsync();
        var write = await _routed.Router.WriteAsync(async (connection, cancellation) =>
        {
            await Routed.ExecuteAsync(connection, "INSERT INTO routed VALUES (900, 0)", cancellation);
            return await Routed.ScalarAsync<NpgsqlTypes.NpgsqlLogSequenceNumber>(connection, "SELECT pg_current_wal_insert_lsn()", cancellation);
        });
        await Routed.ExecuteAsync(other, "INSERT INTO routed VALUES (901, 0)");
        var second = await _routed.Router.WriteAsync((connection, cancellation) => Routed.ScalarAsync<int>(connection, "SELECT 1", cancellation));
        Assert.That(write.Token.Position, Is.GreaterThan(write.Value), "the commit is covered");
        Assert.That(
            second.Token.Position,
            Is.LessThan(await _cluster.Primary.ScalarAsync<NpgsqlTypes.NpgsqlLogSequenceNumber>("SELECT pg_current_wal_insert_lsn()")),
            "what the other client has inserted since is not waited for");
    }

    [Test]
    public async Task Scope_carries_the_token_of_its_writes_and_its_reads_never_go_back()
    {
        using var scope = _routed.Router.BeginConsistencyScope();
        for (var id = 101; id <= 130; id++)
        {
            await _routed.Router.WriteAsync((connection, cancellation) => Routed.ExecuteAsync(connection, $"INSERT INTO routed VALUES ({id}, 0)", cancellation));
            var before = scope.Token;
            var seen = await _routed.Router.ReadAsync((connection, cancellation) => Routed.ScalarAsync<long>(connection, $"SELECT count(*) FROM routed WHERE id = {id}", cancellation));
            Assert.That(seen, Is.EqualTo(1));
            Assert.That(scope.Token, Is.GreaterThanOrEqualTo(before));
        }
    }

    [Test]
    public async Task Paused_replica_is_not_read_with_a_token_and_the_other_one_is()
    {
        await _cluster["replica1"].PauseReplayAsync();
        try
        {
            var write = await _routed.Router.WriteAsync((connection, cancellation) => Routed.ExecuteAsync(connection, "INSERT INTO routed VALUES (1000, 0)", cancellation));
            for (var i = 0; i < 20; i++)
            {
                var (port, seen) = await _routed.Router.ReadAsync(
                    async (connection, cancellation) => (
                        await Routed.PortAsync(connection, cancellation),
                        await Routed.ScalarAsync<long>(connection, "SELECT count(*) FROM routed WHERE id = 1000", cancellation)),
                    new() { Token = write.Token });
                Assert.That((port, seen), Is.Not.EqualTo((_cluster["replica1"].Port, 0L)));
                Assert.That(seen, Is.EqualTo(1));
            }
        }
        finally
        {
            await _cluster["replica1"].ResumeReplayAsync();
        }
    }

    [Test]
    public void Token_of_another_cluster_is_refused()
    {
        var foreign = new ConsistencyToken(42, 1, new(1), DateTimeOffset.UnixEpoch);
        Assert.That(async () => await _routed.PortOfReadAsync(new() { Token = foreign }), Throws.ArgumentException.With.Message.Contains("system identifier 42"));
    }

    [Test]
    public void Tier_that_does_not_exist_is_refused() =>
        Assert.That(async () => await _routed.PortOfReadAsync(new() { Tier = "Platinum" }), Throws.ArgumentException.With.Message.Contains("'Platinum'"));

    [Test]
    public void Read_cannot_write() => Assert.That(
        async () => await _routed.Router.ReadAsync((connection, cancellation) => Routed.ExecuteAsync(connection, "DELETE FROM routed", cancellation)),
        Throws.InstanceOf<PostgresException>().With.Property("SqlState").EqualTo("25006"));

    [Test]
    public async Task Write_whose_delegate_swallowed_an_error_is_not_reported_as_committed()
    {
        async Task SwallowAsync(NpgsqlConnection connection, CancellationToken cancellation)
        {
            await Routed.ExecuteAsync(connection, "INSERT INTO routed VALUES (5000, 0)", cancellation);
            try
            {
                await Routed.ExecuteAsync(connection, "SELECT 1 / 0", cancellation);
            }
            catch (PostgresException)
            {
                // Swallowed: the transaction is lost all the same.
            }
        }

        Assert.That(async () => await _routed.Router.WriteAsync(SwallowAsync), Throws.InstanceOf<PostgresException>().With.Property("SqlState").EqualTo("25P02"));
        Assert.That(await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM routed WHERE id = 5000"), Is.Zero);
    }

    [Test]
    public async Task Lease_gives_a_connection_to_a_replica()
    {
        await using var lease = await _routed.Router.OpenReadAsync();
        Assert.That(await Routed.PortAsync(lease.Connection, default), Is.EqualTo(_cluster[lease.NodeName].Port));
        Assert.That(lease.IsPrimary, Is.False);
    }

    [Test]
    public async Task Error_of_a_statement_is_the_callers_and_is_not_retried()
    {
        var runs = 0;
        Assert.That(
            async () => await _routed.Router.ReadAsync((connection, cancellation) =>
            {
                runs++;
                return Routed.ExecuteAsync(connection, "SELECT no_such_column", cancellation);
            }),
            Throws.InstanceOf<PostgresException>().With.Property("SqlState").EqualTo("42703"));
        Assert.That(runs, Is.EqualTo(1));
    }

    [Test]
    public async Task Prepared_statement_that_no_longer_fits_its_table_is_healed()
    {
        await _cluster.Primary.ExecuteAsync("CREATE TABLE evolving (a int); INSERT INTO evolving VALUES (1)");
        await _cluster.WaitForReplicasAsync();
        await using var routed = await Routed.StartAsync(_cluster.Servers.Select(server => new NodeOptions
        {
            Name = server.Name,
            ConnectionString = server.GetConnectionString(configure: connection => connection.MaxAutoPrepare = 10),
        }));

        Task<int> ColumnsAsync() => routed.Router.ReadAsync(async (connection, cancellation) =>
        {
            await using var command = new NpgsqlCommand("SELECT * FROM evolving", connection);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            return reader.FieldCount;
        });

        for (var i = 0; i < 30; i++)
        {
            Assert.That(await ColumnsAsync(), Is.EqualTo(1));
        }

        await _cluster.Primary.ExecuteAsync("ALTER TABLE evolving ADD COLUMN b int");
        await _cluster.WaitForReplicasAsync();
        for (var i = 0; i < 30; i++)
        {
            Assert.That(await ColumnsAsync(), Is.EqualTo(2));
        }
    }
}
