using PgScale.Cluster;
using PgScale.IntegrationTests.Cluster;
using PgScale.Routing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Routing;

/// <summary>Writes whose connection breaks, hangs or is cancelled before, at and after COMMIT.</summary>
internal sealed class WriteFaultTests
{
    private PostgresCluster _cluster = null!;
    private FaultProxy _proxy = null!;
    private Routed _routed = null!;

    [SetUp]
    public async Task StartClusterAsync()
    {
        _cluster = await EveryVersion.StartAsync(version: null);
        await _cluster.Primary.ExecuteAsync("CREATE TABLE written (id int)");
        await _cluster.WaitForReplicasAsync();
        _proxy = await _cluster.AddFaultProxyAsync(_cluster.Primary);
        _routed = await Routed.StartAsync(_cluster.Servers.Select(server => new NodeOptions
        {
            Name = server.Name,
            ConnectionString = server == _cluster.Primary ? _proxy.ConnectionString : server.ConnectionString,
            ProbeConnectionString = server.ConnectionString,
        }));
    }

    [TearDown]
    public async Task StopClusterAsync()
    {
        if (_routed is not null)
        {
            Assert.That(() => _routed.Debts(), Is.EqualTo((0, 0, 0)).After(30_000, 10));
            await _routed.DisposeAsync();
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    [Test]
    public async Task Answer_to_commit_that_is_cut_off_is_an_unknown_outcome_and_is_not_retried()
    {
        var runs = 0;
        Assert.That(async () => await WriteAndCutAnswerAsync(() => ++runs, new()), Throws.InstanceOf<WriteOutcomeUnknownException>().With.Property("Node").EqualTo("primary"));
        Assert.That((runs, await CountAsync()), Is.EqualTo((1, 1L)));
    }

    [Test]
    public async Task Answer_to_commit_that_is_cut_off_is_retried_when_the_write_is_idempotent()
    {
        var runs = 0;
        var writing = WriteAndCutAnswerAsync(() => ++runs, new() { Idempotent = true });
        await Testing.Eventually.IsTrueAsync(async () => await CountAsync() == 1, "the first COMMIT arrived");
        _proxy.Heal();
        await writing;
        Assert.That((runs, await CountAsync()), Is.EqualTo((2, 2L)));
    }

    [Test]
    public async Task Connection_that_is_cut_before_commit_is_retried_and_the_write_applied_once()
    {
        var runs = 0;
        await _routed.Router.WriteAsync(async (connection, cancellation) =>
        {
            await InsertAsync(connection, cancellation);
            if (++runs == 1)
            {
                _proxy.Reset();
                await InsertAsync(connection, cancellation);
            }
        });
        Assert.That((runs, await CountAsync()), Is.EqualTo((2, 1L)));
    }

    [Test]
    public async Task Write_that_is_cancelled_before_commit_is_not_applied()
    {
        using var cancelled = new CancellationTokenSource();
        Assert.That(
            async () => await _routed.Router.WriteAsync(
                async (connection, cancellation) =>
                {
                    await InsertAsync(connection, cancellation);
                    await cancelled.CancelAsync();
                },
                cancellationToken: cancelled.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(await CountAsync(), Is.Zero);
    }

    [Test]
    public async Task Write_whose_delegate_throws_is_not_applied_and_not_retried()
    {
        var runs = 0;
        Assert.That(
            async () => await _routed.Router.WriteAsync(async (connection, cancellation) =>
            {
                runs++;
                await InsertAsync(connection, cancellation);
                throw new InvalidDataException("no");
            }),
            Throws.InstanceOf<InvalidDataException>());
        Assert.That((runs, await CountAsync()), Is.EqualTo((1, 0L)));
    }

    [Test]
    public async Task Write_that_hangs_with_its_primary_is_done_on_the_new_one()
    {
        var runs = 0;
        var frozen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var writing = _routed.Router.WriteAsync(async (connection, cancellation) =>
        {
            await InsertAsync(connection, cancellation);
            if (Interlocked.Increment(ref runs) == 1)
            {
                await _cluster.Primary.FreezeAsync();
                frozen.SetResult();
                await InsertAsync(connection, cancellation);
            }
        });
        await frozen.Task;
        var old = _cluster.Primary;
        await _cluster.PromoteAsync(_cluster["replica1"]);
        await writing.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.That((runs, await CountAsync()), Is.EqualTo((2, 1L)));
        await old.KillAsync();
    }

    private static Task<int> InsertAsync(Npgsql.NpgsqlConnection connection, CancellationToken cancellation) =>
        Routed.ExecuteAsync(connection, "INSERT INTO written VALUES (1)", cancellation);

    // The COMMIT arrives, its answer does not.
    private Task WriteAndCutAnswerAsync(Func<int> countRun, WriteOptions options) => _routed.Router.WriteAsync(
        async (connection, cancellation) =>
        {
            await InsertAsync(connection, cancellation);
            if (countRun() == 1)
            {
                _proxy.CutAfter(1);
            }
        },
        options);

    private async Task<long> CountAsync() => await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM written");
}
