using System.Globalization;
using Microsoft.Extensions.Options;
using PgScale.Buffering;
using PgScale.IntegrationTests.Cluster;
using PgScale.IntegrationTests.Testing;

namespace PgScale.IntegrationTests.Buffering;

/// <summary>Durable mode: what was acknowledged is written once, whatever becomes of the process.</summary>
internal sealed class DurableTests
{
    private static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("PGSCALE_CHECK_KILLS"), CultureInfo.InvariantCulture, out var kills) ? kills : 5;

    private string _directory = "";

    [SetUp]
    public async Task CreateTablesAsync()
    {
        _directory = Directory.CreateTempSubdirectory("pgscale-durable").FullName;
        var primary = (await BufferCluster.GetAsync()).Primary;
        await primary.ExecuteAsync("DROP TABLE IF EXISTS durable_item, durable_counter");
        await primary.ExecuteAsync("CREATE TABLE durable_item (id bigint CHECK (id <> 13))");
        await primary.ExecuteAsync("CREATE TABLE durable_counter (id bigint PRIMARY KEY, hits bigint NOT NULL, CHECK (id <> 13))");
    }

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public async Task Killed_process_loses_and_doubles_nothing_that_was_acknowledged()
    {
        var connection = (await BufferCluster.GetAsync()).Primary.ConnectionString;
        var acknowledged = 0L;
        Random random = new(7);
        for (var kill = 0; kill < Kills; kill++)
        {
            using var child = ChildProcess.Start("enqueue-durably", connection, _directory);
            var start = (kill + 1) * 10_000_000L; // numbers of one life are not those of another
            await child.WriteLineAsync(start.ToString(CultureInfo.InvariantCulture));
            var lines = random.Next(1, 60);
            var last = start;
            for (var line = 0; line < lines; line++)
            {
                last = long.Parse(await child.ReadLineAsync(), CultureInfo.InvariantCulture);
            }

            await child.KillAsync();
            acknowledged += last - start;
        }

        await using (var buffered = await StartAsync())
        {
            await Task.WhenAll(buffered.Get<Entry>().FlushAsync(), buffered.Get<Hit>().FlushAsync());
        }

        var (rows, different, hits) = (await CountAsync("count(*)"), await CountAsync("count(DISTINCT id)"), await HitsAsync());
        Assert.That(rows, Is.EqualTo(different), "no row twice");
        Assert.That(rows, Is.GreaterThanOrEqualTo(acknowledged), "no row lost");
        Assert.That(hits, Is.InRange(rows - Kills, rows), "of each life at most one item had no hit yet");
    }

    [Test]
    public async Task What_a_stop_leaves_is_written_after_the_next_start_once()
    {
        for (var life = 0; life < 3; life++)
        {
            await using var buffered = await StartAsync(options => (options.FlushInterval, options.DrainTimeout) = (TimeSpan.FromHours(1), TimeSpan.Zero));
            for (var id = 0; id < 1_000; id++)
            {
                Assert.That(buffered.Get<Entry>().TryEnqueue(new(100 + (life * 1_000) + id, "")), Is.True);
                Assert.That(buffered.Get<Hit>().TryEnqueue(new(id % 10, default)), Is.True);
            }
        }

        await using (var buffered = await StartAsync())
        {
            await Task.WhenAll(buffered.Get<Entry>().FlushAsync(), buffered.Get<Hit>().FlushAsync());
        }

        Assert.That((await CountAsync("count(*)"), await CountAsync("count(DISTINCT id)"), await HitsAsync()), Is.EqualTo((3_000L, 3_000L, 3_000L)));
    }

    [Test]
    public async Task What_was_committed_is_not_written_again_when_the_spool_still_has_it()
    {
        await FillAndCopyAsync(200);
        await using (var buffered = await StartAsync())
        {
            await Task.WhenAll(buffered.Get<Entry>().FlushAsync(), buffered.Get<Hit>().FlushAsync());
            for (var id = 600; id < 700; id++)
            {
                Assert.That((buffered.Get<Entry>().TryEnqueue(new(id, "")), buffered.Get<Hit>().TryEnqueue(new(1, default))), Is.EqualTo((true, true)));
            }
        }

        Assert.That((await CountAsync("count(*)"), await CountAsync("count(DISTINCT id)"), await HitsAsync()), Is.EqualTo((300L, 300L, 300L)));
    }

    [Test]
    public async Task Spool_that_is_an_older_copy_is_refused_before_the_ledger_takes_new_items_for_old_ones()
    {
        await FillAndCopyAsync(50);
        await using var buffered = await StartAsync();
        await buffered.Get<Entry>().FlushAsync();
        Assert.That(() => buffered.Get<Entry>().TryEnqueue(new(700, "")), Throws.InvalidOperationException.With.Message.Contains("an older copy of itself"));
    }

    [Test]
    public async Task Copy_of_a_spool_that_is_in_use_elsewhere_writes_nothing_and_says_so()
    {
        await using (var before = await StartAsync())
        {
            before.Get<Entry>().TryEnqueue(new(100, ""));
            await before.Get<Entry>().FlushAsync();
        }

        var copy = $"{_directory}-copy";
        Copy(_directory, copy);
        try
        {
            await using var first = await StartAsync();
            await using var second = await Buffered.StartAsync((await BufferCluster.GetAsync()).Servers.Select(Watched.NodeOf), builder => DurableSetup.Add(builder, copy, options => options.DrainTimeout = TimeSpan.Zero));
            await Task.WhenAll(first.Get<Entry>().FlushAsync(), second.Get<Entry>().FlushAsync()); // both have asked the ledger
            first.Get<Entry>().TryEnqueue(new(1_000, ""));
            first.Get<Entry>().TryEnqueue(new(1_001, ""));
            await first.Get<Entry>().FlushAsync();
            second.Get<Entry>().TryEnqueue(new(2_000, ""));
            Assert.That(() => second.Get<Entry>().FlushAsync(), Throws.InstanceOf<BufferStoppedException>().With.Message.Contains("directory was copied"));
            Assert.That((await CountAsync("count(*)"), await CountAsync("max(id)"), second.Get<Entry>().Count), Is.EqualTo((3L, 1_001L, 1)));
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    // Writes 200 items; the spool that is left is as it was after so many of them, before anything was committed.
    private async Task FillAndCopyAsync(int copied)
    {
        await using (var buffered = await StartAsync(options => options.FlushInterval = TimeSpan.FromHours(1)))
        {
            for (var id = 100; id < 300; id++)
            {
                Assert.That((buffered.Get<Entry>().TryEnqueue(new(id, "")), buffered.Get<Hit>().TryEnqueue(new(id % 10, default))), Is.EqualTo((true, true)));
                if (id == 99 + copied)
                {
                    Copy(_directory, $"{_directory}-copy");
                }
            }
        }

        Directory.Delete(_directory, recursive: true);
        Directory.Move($"{_directory}-copy", _directory);
    }

    [Test]
    public async Task Bad_rows_are_dead_letters_and_progress_goes_on()
    {
        await using var buffered = await StartAsync(options => options.FlushInterval = TimeSpan.FromHours(1));
        for (var id = 0; id < 400; id++)
        {
            buffered.Get<Entry>().TryEnqueue(new(id, ""));
            buffered.Get<Hit>().TryEnqueue(new(id % 40, default));
        }

        var (items, hits) = (await buffered.Get<Entry>().FlushAsync(), await buffered.Get<Hit>().FlushAsync());
        Assert.That((items.Rows, items.DeadLetters, hits.Rows, hits.DeadLetters), Is.EqualTo((399L, 1L, 39L, 1L)));
        Assert.That((await CountAsync("count(*)"), await HitsAsync()), Is.EqualTo((399L, 390L)));
    }

    [Test]
    public void Durable_buffer_without_a_directory_is_refused() =>
        Assert.That(() => StartAsync(options => options.SpoolDirectory = ""), Throws.InstanceOf<OptionsValidationException>().With.Message.Contains("SpoolDirectory is empty"));

    [Test]
    public void Durable_buffer_that_drops_the_oldest_is_refused() =>
        Assert.That(() => StartAsync(options => options.WhenFull = FullPolicy.DropOldest), Throws.InstanceOf<OptionsValidationException>().With.Message.Contains("DropOldest"));

    private async Task<Buffered> StartAsync(Action<LazyWriteBufferOptions>? configure = null) =>
        await Buffered.StartAsync((await BufferCluster.GetAsync()).Servers.Select(Watched.NodeOf), builder => DurableSetup.Add(builder, _directory, configure));

    private static Task<long> CountAsync(string what) => BufferCluster.ScalarAsync<long>($"SELECT {what} FROM durable_item");

    private static Task<long> HitsAsync() => BufferCluster.ScalarAsync<long>("SELECT coalesce(sum(hits), 0)::bigint FROM durable_counter");

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "lock"))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
