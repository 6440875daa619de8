using Microsoft.Extensions.DependencyInjection;
using PgScale.Buffering;

namespace PgScale.IntegrationTests.Buffering;

/// <summary>Items that are merged into rows by key.</summary>
internal sealed class MergeTests
{
    private const string Columns = "id bigint PRIMARY KEY, hits integer NOT NULL DEFAULT 0, last_at timestamptz, first_at timestamptz, name text, flag boolean NOT NULL DEFAULT false";

    private static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    [TestCase(false)]
    [TestCase(true)]
    public async Task Each_key_is_one_row_that_holds_the_merged_values(bool updateOnly)
    {
        var table = await BufferCluster.CreateTableAsync(Columns);
        await (await BufferCluster.GetAsync()).Primary.ExecuteAsync($"INSERT INTO {table} (id, hits) SELECT i, 100 FROM generate_series(1, 10) i");
        await using var buffered = await Buffered.StartAsync(await BufferCluster.GetAsync(), builder => builder.AddLazyWriteBuffer<Hit>(to =>
        {
            var sink = to.MergeInto(table).Key("id", hit => hit.Conversation).Sum("hits", _ => 1).Max("last_at", hit => hit.At).Min("first_at", hit => hit.At)
                .Last("name", hit => hit.At.Second.ToString(System.Globalization.CultureInfo.InvariantCulture)).Or("flag", hit => hit.At.Second == 5);
            _ = updateOnly ? sink.UpdateOnly() : sink;
        }));
        for (var hit = 0; hit < 1_000; hit++)
        {
            buffered.Get<Hit>().TryEnqueue(new((hit % 20) + 1, Start.AddSeconds(hit / 20)));
        }

        Assert.That(buffered.Get<Hit>().Count, Is.LessThanOrEqualTo(20));
        await buffered.Get<Hit>().FlushAsync();
        Assert.That(
            await BufferCluster.RowsAsync($"SELECT count(*), min(hits), max(hits), sum(hits)::bigint, min(first_at), max(last_at), min(name), bool_and(flag) FROM {table}"),
            Is.EqualTo(new[]
            {
                new object[] { updateOnly ? 10L : 20L, updateOnly ? 150 : 50, 150, updateOnly ? 1_500L : 2_000L, Start, Start.AddSeconds(49), "49", true },
            }));
    }

    [Test]
    public async Task Key_may_have_several_columns()
    {
        var table = await BufferCluster.CreateTableAsync("tenant text, day date, id bigint, hits bigint NOT NULL, PRIMARY KEY (tenant, day, id)");
        await using var buffered = await Buffered.StartAsync(await BufferCluster.GetAsync(), builder => builder.AddLazyWriteBuffer<Hit>(to => to.MergeInto(table)
            .Key("tenant", hit => hit.Conversation % 2 == 0 ? "even" : "odd").Key("day", hit => DateOnly.FromDateTime(hit.At)).Key("id", hit => hit.Conversation).Sum("hits", _ => 2)));
        for (var hit = 0; hit < 600; hit++)
        {
            buffered.Get<Hit>().TryEnqueue(new(hit % 6, Start.AddDays(hit / 300)));
        }

        await buffered.Get<Hit>().FlushAsync();
        Assert.That(await BufferCluster.RowsAsync($"SELECT count(*), min(hits), max(hits) FROM {table}"), Is.EqualTo(new[] { new object[] { 12L, 100L, 100L } }));
    }

    [Test]
    public async Task Keys_that_an_update_finds_no_row_for_are_counted()
    {
        var table = await BufferCluster.CreateTableAsync("id bigint PRIMARY KEY, hits bigint NOT NULL");
        await (await BufferCluster.GetAsync()).Primary.ExecuteAsync($"INSERT INTO {table} SELECT i, 0 FROM generate_series(1, 5) i");
        var unmatched = 0L;
        using var listener = new System.Diagnostics.Metrics.MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == "pgscale.buffering.unmatched")
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, keys, tags, _) => Interlocked.Add(ref unmatched, tags.ToArray().Any(tag => tag.Value is "unmatched_test") ? keys : 0));
        listener.Start();
        await using var buffered = await Buffered.StartAsync(await BufferCluster.GetAsync(), builder => builder.AddLazyWriteBuffer<Hit>(
            "unmatched_test", to => to.MergeInto(table).Key("id", hit => hit.Conversation).Sum("hits", _ => 1).UpdateOnly()));
        var buffer = buffered.Services.GetRequiredKeyedService<LazyWriteBuffer<Hit>>("unmatched_test");
        for (var hit = 0; hit < 40; hit++)
        {
            buffer.TryEnqueue(new((hit % 8) + 1, Start));
        }

        await buffer.FlushAsync();
        Assert.That((await BufferCluster.ScalarAsync<long>($"SELECT sum(hits)::bigint FROM {table}"), Volatile.Read(ref unmatched)), Is.EqualTo((25L, 3L)));
    }

    [Test]
    public async Task Own_rule_merges_in_memory_and_in_the_table()
    {
        var table = await BufferCluster.CreateTableAsync("id bigint PRIMARY KEY, mask integer NOT NULL");
        await using var buffered = await Buffered.StartAsync(await BufferCluster.GetAsync(), builder => builder.AddLazyWriteBuffer<Hit>(to => to.MergeInto(table)
            .Key("id", hit => hit.Conversation).Merge("mask", hit => 1 << hit.At.Second, (held, next) => held | next, "{stored} | {given}")));
        for (var flush = 0; flush < 2; flush++)
        {
            buffered.Get<Hit>().TryEnqueue(new(1, Start.AddSeconds(flush)));
            buffered.Get<Hit>().TryEnqueue(new(1, Start.AddSeconds(flush + 4)));
            await buffered.Get<Hit>().FlushAsync();
        }

        Assert.That(await BufferCluster.ScalarAsync<int>($"SELECT mask FROM {table}"), Is.EqualTo(0b110011));
    }

    [Test]
    public async Task Four_processes_count_exactly_and_never_deadlock([Values] bool updateOnly)
    {
        const int Processes = 4, Rounds = 15, Keys = 2_000;
        var table = await BufferCluster.CreateTableAsync(Columns);
        var cluster = await BufferCluster.GetAsync();
        await cluster.Primary.ExecuteAsync($"INSERT INTO {table} (id) SELECT i FROM generate_series(1, {Keys}) i ORDER BY random()");
        var log = new Deadlocks(cluster);
        await log.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, Processes).Select(async process =>
        {
            await using var buffered = await Buffered.StartAsync(cluster, builder => builder.AddLazyWriteBuffer<Hit>(to =>
            {
                var sink = to.MergeInto(table).Key("id", hit => hit.Conversation).Sum("hits", _ => 1);
                _ = updateOnly ? sink.UpdateOnly() : sink;
            }));
            Random random = new(process);
            for (var round = 0; round < Rounds; round++)
            {
                for (var hit = 0; hit < Keys; hit++)
                {
                    await buffered.Get<Hit>().EnqueueAsync(new(random.Next(Keys) + 1, Start));
                }

                await buffered.Get<Hit>().FlushAsync();
            }
        }));
        Assert.That((await BufferCluster.ScalarAsync<long>($"SELECT sum(hits)::bigint FROM {table}"), await log.CountAsync()), Is.EqualTo((Processes * Rounds * (long)Keys, 0)));
    }

    [Test]
    public async Task Guarded_row_is_written_once_an_hour_by_all_processes_together()
    {
        const int Processes = 4, Users = 50, Minutes = 240;
        var table = await BufferCluster.CreateTableAsync("id bigint PRIMARY KEY, last_seen timestamptz, writes integer NOT NULL DEFAULT 0");
        var cluster = await BufferCluster.GetAsync();
        await cluster.Primary.ExecuteAsync($"INSERT INTO {table} (id) SELECT i FROM generate_series(1, {Users}) i");
        await cluster.Primary.ExecuteAsync($"CREATE FUNCTION count_{table}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.writes = OLD.writes + 1; RETURN NEW; END'");
        await cluster.Primary.ExecuteAsync($"CREATE TRIGGER counts BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION count_{table}()");
        await using var first = await StartGuardedAsync(table);
        await using var second = await StartGuardedAsync(table);
        await using var third = await StartGuardedAsync(table);
        await using var fourth = await StartGuardedAsync(table);
        Buffered[] processes = [first, second, third, fourth];
        for (var minute = 0; minute < Minutes; minute++)
        {
            for (var user = 1; user <= Users; user++)
            {
                processes[(minute + user) % Processes].Get<Hit>().TryEnqueue(new(user, Start.AddMinutes(minute)));
            }

            await Task.WhenAll(processes.Where(_ => minute % 10 == 9).Select(process => process.Get<Hit>().FlushAsync()));
        }

        Assert.That(await BufferCluster.ScalarAsync<int>($"SELECT max(writes) FROM {table}"), Is.LessThanOrEqualTo(Minutes / 60));
        Assert.That(await BufferCluster.ScalarAsync<DateTime>($"SELECT min(last_seen) FROM {table}"), Is.GreaterThan(Start.AddMinutes(Minutes - 61 - 10)));
    }

    [Test]
    public async Task Value_that_the_guard_of_the_server_refuses_is_not_held_for_written([Values] bool updateOnly)
    {
        var table = await BufferCluster.CreateTableAsync("id bigint PRIMARY KEY, last_seen timestamptz");
        await (await BufferCluster.GetAsync()).Primary.ExecuteAsync($"INSERT INTO {table} (id) VALUES (1), (2)");
        await using var first = await StartGuardedAsync(table, updateOnly);
        await using var second = await StartGuardedAsync(table, updateOnly);
        await SeeAsync(first, 1, 0);
        await SeeAsync(second, 1, 30); // refused by the server
        await SeeAsync(second, 1, 65); // 35 minutes after what was refused, 65 after what the table holds
        Assert.That(await BufferCluster.ScalarAsync<DateTime>($"SELECT last_seen FROM {table} WHERE id = 1"), Is.EqualTo(Start.AddMinutes(65)));

        static async Task SeeAsync(Buffered process, long user, int minute)
        {
            process.Get<Hit>().TryEnqueue(new(user, Start.AddMinutes(minute)));
            process.Get<Hit>().TryEnqueue(new(user + 1, Start.AddMinutes(minute)));
            await process.Get<Hit>().FlushAsync();
        }
    }

    private static async Task<Buffered> StartGuardedAsync(string table, bool updateOnly = true) => await Buffered.StartAsync(await BufferCluster.GetAsync(), builder => builder.AddLazyWriteBuffer<Hit>(
        to =>
        {
            var sink = to.MergeInto(table).Key("id", hit => hit.Conversation).MaxIfChangedByMoreThan("last_seen", hit => hit.At, TimeSpan.FromHours(1));
            _ = updateOnly ? sink.UpdateOnly() : sink;
        },
        options => options.FlushInterval = TimeSpan.FromHours(1)));
}
