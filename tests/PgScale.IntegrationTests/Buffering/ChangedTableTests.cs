using Npgsql;
using PgScale.Buffering;

namespace PgScale.IntegrationTests.Buffering;

/// <summary>Tables that change while a buffer writes to them, and tables that only some roles may see.</summary>
internal sealed class ChangedTableTests
{
    private const int Rows = 1_500; // by COPY

    [TestCase("double precision")] // as wide as bigint: the bytes would be taken for another number
    [TestCase("numeric")]
    public async Task Column_whose_type_changes_gets_the_same_values_as_before(string type)
    {
        var table = await BufferCluster.CreateTableAsync("id bigint, text text");
        await using var buffered = await Buffered.StartAsync(await BufferCluster.GetAsync(), builder => builder.AddLazyWriteBuffer<Entry>(
            to => to.AppendTo(table).Column("id", item => item.Id).Column("text", item => item.Text), options => (options.RetryDelay, options.DrainTimeout) = (TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(1))));
        await FillAsync(buffered, 1);
        await (await BufferCluster.GetAsync()).Primary.ExecuteAsync($"ALTER TABLE {table} ALTER id TYPE {type}");
        FlushResult? second = null;
        try
        {
            second = await FillAsync(buffered, Rows + 1);
        }
        catch (BufferStoppedException)
        {
            // A long may be refused by the new type: it waits for a mapping that fits, and is not written as something else.
        }

        Assert.That(await BufferCluster.ScalarAsync<long>($"SELECT count(*) FROM {table} WHERE id NOT BETWEEN 1 AND {2 * Rows}"), Is.Zero);
        Assert.That(second?.DeadLetters ?? 0, Is.Zero);
        Assert.That(second?.Rows, type == "numeric" ? Is.EqualTo((long)Rows) : Is.Null.Or.EqualTo((long)Rows));
    }

    [Test]
    public async Task Column_that_becomes_wider_is_followed_without_a_dead_letter()
    {
        var table = await BufferCluster.CreateTableAsync("id integer, text text");
        await using var buffered = await Buffered.StartAsync(await BufferCluster.GetAsync(), builder => builder.AddLazyWriteBuffer<Entry>(
            to => to.AppendTo(table).Column("id", item => item.Id).Column("text", item => item.Text), options => (options.RetryDelay, options.DrainTimeout) = (TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(1))));
        await FillAsync(buffered, 1);
        await (await BufferCluster.GetAsync()).Primary.ExecuteAsync($"ALTER TABLE {table} ALTER id TYPE bigint");
        var result = await FillAsync(buffered, Rows + 1);
        Assert.That((result.Rows, result.DeadLetters), Is.EqualTo(((long)Rows, 0L)));
        Assert.That(await BufferCluster.ScalarAsync<long>($"SELECT count(DISTINCT id) FROM {table}"), Is.EqualTo(2L * Rows));
    }

    [Test]
    public async Task Table_with_row_security_takes_many_rows_and_refuses_only_those_that_its_policy_refuses()
    {
        var table = await BufferCluster.CreateTableAsync("id bigint, text text");
        var cluster = await BufferCluster.GetAsync();
        var password = new NpgsqlConnectionStringBuilder(cluster.Primary.ConnectionString).Password;
        foreach (var sql in new[]
        {
            $"CREATE ROLE writer_{table} LOGIN PASSWORD '{password}'", $"GRANT ALL ON {table} TO writer_{table}", $"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            $"CREATE POLICY own ON {table} USING (true) WITH CHECK (id <> 700)", $"GRANT pg_monitor TO writer_{table}", $"GRANT CREATE ON DATABASE postgres TO writer_{table}",
            "CREATE SCHEMA IF NOT EXISTS pgscale", $"GRANT ALL ON SCHEMA pgscale TO writer_{table}", $"GRANT ALL ON ALL TABLES IN SCHEMA pgscale TO writer_{table}",
        })
        {
            await cluster.Primary.ExecuteAsync(sql);
        }

        var nodes = cluster.Servers.Select(Cluster.Watched.NodeOf).ToList();
        nodes.ForEach(node => node.ConnectionString = new NpgsqlConnectionStringBuilder(node.ConnectionString) { Username = $"writer_{table}" }.ConnectionString);
        await using var buffered = await Buffered.StartAsync(nodes, builder => builder.AddLazyWriteBuffer<Entry>(
            to =>
            {
                to.AppendTo(table).Column("id", item => item.Id).Column("text", item => item.Text);
                to.DeadLetterTo((_, _) => default);
            },
            options => options.DrainTimeout = TimeSpan.FromSeconds(1)));
        var result = await FillAsync(buffered, 1);
        Assert.That((result.Rows, result.DeadLetters), Is.EqualTo((Rows - 1L, 1L)));
    }

    private static async Task<FlushResult> FillAsync(Buffered buffered, int from)
    {
        for (var id = from; id < from + Rows; id++)
        {
            Assert.That(buffered.Get<Entry>().TryEnqueue(new(id, "text")), Is.True);
        }

        try
        {
            return await buffered.Get<Entry>().FlushAsync().WaitAsync(TimeSpan.FromSeconds(15));
        }
        catch (TimeoutException late)
        {
            throw new AssertionException($"The flush did not end: {string.Join('\n', buffered.Log.Texts)}", late);
        }
    }
}
