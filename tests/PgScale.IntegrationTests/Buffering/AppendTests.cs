using PgScale.Buffering;

namespace PgScale.IntegrationTests.Buffering;

/// <summary>Rows that are added to a table.</summary>
internal sealed class AppendTests
{
    private const string Columns = "id bigint PRIMARY KEY, text text, level integer, at timestamptz, data jsonb DEFAULT '{}', tags text[]";

    private static readonly DateTime Moment = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    [TestCase(1)]
    [TestCase(999)]
    [TestCase(1_000)]
    [TestCase(25_000)]
    public async Task Items_become_rows_each_once(int count)
    {
        var table = await BufferCluster.CreateTableAsync(Columns);
        await using var buffered = await StartAsync(table);
        var buffer = buffered.Get<Entry>();
        for (var id = 1; id <= count; id++)
        {
            Assert.That(await buffer.EnqueueAsync(new(id, id % 3 == 0 ? null : $"text {id}", id % 2 == 0 ? null : id, Moment)), Is.True);
        }

        var result = await buffer.FlushAsync();
        Assert.That(result.Token.IsNone, Is.False);
        Assert.That(
            await BufferCluster.RowsAsync($"SELECT count(*), sum(id)::bigint, count(text), count(level), min(at) FROM {table}"),
            Is.EqualTo(new[] { new object[] { (long)count, (long)count * (count + 1) / 2, (long)(count - (count / 3)), (long)((count + 1) / 2), Moment } }));
    }

    [TestCase(3)]
    [TestCase(1_500)]
    public async Task Moments_with_an_offset_are_written_as_the_moments_that_they_are(int count)
    {
        var table = await BufferCluster.CreateTableAsync("id bigint, at timestamptz, maybe timestamptz");
        await using var buffered = await Buffered.StartAsync(await BufferCluster.GetAsync(), builder => builder.AddLazyWriteBuffer<Entry>(
            to => to.AppendTo(table).Column("id", item => item.Id)
                .Column("at", item => new DateTimeOffset(Moment).ToOffset(TimeSpan.FromHours(2)))
                .Column("maybe", item => item.Id % 2 == 0 ? (DateTimeOffset?)null : new DateTimeOffset(Moment).ToOffset(TimeSpan.FromHours(-5)))));
        for (var id = 0; id < count; id++)
        {
            buffered.Get<Entry>().TryEnqueue(new(id, ""));
        }

        Assert.That((await buffered.Get<Entry>().FlushAsync()).Rows, Is.EqualTo(count));
        Assert.That(await BufferCluster.RowsAsync($"SELECT min(at), max(at), max(maybe) FROM {table}"), Is.EqualTo(new[] { new object[] { Moment, Moment, Moment } }));
    }

    [Test]
    public async Task Text_goes_into_jsonb_and_lists_into_arrays()
    {
        var table = await BufferCluster.CreateTableAsync(Columns);
        await using var buffered = await Buffered.StartAsync(await BufferCluster.GetAsync(), builder => builder.AddLazyWriteBuffer<Entry>(
            to => to.AppendTo(table).Column("id", item => item.Id).Column("data", item => item.Text).Column("tags", item => new[] { "a", item.Text })));
        buffered.Get<Entry>().TryEnqueue(new(1, """{"k": 1}"""));
        await buffered.Get<Entry>().FlushAsync();
        Assert.That(await BufferCluster.ScalarAsync<string>($"SELECT (data -> 'k')::text || array_length(tags, 1) FROM {table}"), Is.EqualTo("12"));
    }

    [Test]
    public async Task Items_are_flushed_by_themselves_when_the_interval_is_over()
    {
        var table = await BufferCluster.CreateTableAsync(Columns);
        await using var buffered = await StartAsync(table, options => options.FlushInterval = TimeSpan.FromMilliseconds(50));
        buffered.Get<Entry>().TryEnqueue(new(1, "a"));
        await Testing.Eventually.IsTrueAsync(async () => await CountAsync(table) == 1, "the row is there");
    }

    [Test]
    public async Task Full_batch_is_flushed_at_once()
    {
        var table = await BufferCluster.CreateTableAsync(Columns);
        await using var buffered = await StartAsync(table, options => (options.FlushInterval, options.BatchRows) = (TimeSpan.FromHours(1), 10));
        for (var id = 1; id <= 10; id++)
        {
            buffered.Get<Entry>().TryEnqueue(new(id, "a"));
        }

        await Testing.Eventually.IsTrueAsync(async () => await CountAsync(table) == 10, "the rows are there");
    }

    [Test]
    public async Task Host_that_stops_writes_what_is_held()
    {
        var table = await BufferCluster.CreateTableAsync(Columns);
        await using var buffered = await StartAsync(table, options => options.FlushInterval = TimeSpan.FromHours(1));
        var buffer = buffered.Get<Entry>();
        for (var id = 1; id <= 12_345; id++)
        {
            buffer.TryEnqueue(new(id, "a"));
        }

        await buffered.StopAsync();
        Assert.That((await CountAsync(table), buffer.TryEnqueue(new(0, "late")), buffer.Count), Is.EqualTo((12_345L, false, 0)));
    }

    [Test]
    public async Task Enqueued_item_is_redacted_before_it_is_held()
    {
        var table = await BufferCluster.CreateTableAsync(Columns);
        await using var buffered = await Buffered.StartAsync(await BufferCluster.GetAsync(), builder => builder.AddLazyWriteBuffer<Entry>(to =>
        {
            to.AppendTo(table).Column("id", item => item.Id).Column("text", item => item.Text);
            to.Redact(item => item with { Text = item.Text?.Replace("secret", "***", StringComparison.Ordinal) });
        }));
        buffered.Get<Entry>().TryEnqueue(new(1, "a secret"));
        await buffered.Get<Entry>().EnqueueAsync(new(2, "a secret"));
        await buffered.Get<Entry>().FlushAsync();
        Assert.That(await BufferCluster.ScalarAsync<string>($"SELECT string_agg(text, ',') FROM {table}"), Is.EqualTo("a ***,a ***"));
    }

    [Test]
    public async Task Own_sink_gets_the_batch_in_a_transaction()
    {
        var table = await BufferCluster.CreateTableAsync(Columns);
        await using var buffered = await Buffered.StartAsync(await BufferCluster.GetAsync(), builder => builder.AddLazyWriteBuffer<Entry>(to => to.FlushWith(
            async (connection, batch, cancellation) =>
            {
                await using var command = new Npgsql.NpgsqlCommand($"INSERT INTO {table} (id) SELECT unnest($1)", connection);
                command.Parameters.Add(new() { Value = batch.Select(item => item.Id).ToArray() });
                await command.ExecuteNonQueryAsync(cancellation);
            })));
        for (var id = 1; id <= 100; id++)
        {
            buffered.Get<Entry>().TryEnqueue(new(id % 100 == 50 ? 49 : id, "a")); // one duplicate
        }

        var result = await buffered.Get<Entry>().FlushAsync();
        Assert.That((result.Rows, result.DeadLetters, await CountAsync(table)), Is.EqualTo((99L, 1L, 99L)));
    }

    private static async Task<Buffered> StartAsync(string table, Action<LazyWriteBufferOptions>? configure = null) =>
        await Buffered.StartAsync(await BufferCluster.GetAsync(), builder => builder.AddLazyWriteBuffer<Entry>(to => Map(to, table), configure));

    private static void Map(LazyWriteBufferBuilder<Entry> to, string table) => to.AppendTo(table)
        .Column("id", item => item.Id)
        .Column("text", item => item.Text)
        .Column("level", item => item.Level)
        .Column("at", item => item.At);

    private static Task<long> CountAsync(string table) => BufferCluster.ScalarAsync<long>($"SELECT count(*) FROM {table}");
}
