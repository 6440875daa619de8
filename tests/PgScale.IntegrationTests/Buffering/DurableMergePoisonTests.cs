using System.Text;
using PgScale.Buffering;

namespace PgScale.IntegrationTests.Buffering;

/// <summary>Merged rows of a durable buffer that cannot be written: one must not hold up the others, now and after each restart.</summary>
internal sealed class DurableMergePoisonTests
{
    private string _directory = "";

    [SetUp]
    public void CreateDirectory() => _directory = Directory.CreateTempSubdirectory("pgscale-poison").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public async Task Row_that_cannot_be_encoded_is_a_dead_letter()
    {
        var table = await BufferCluster.CreateTableAsync("id bigint PRIMARY KEY, text text");
        await using var buffered = await StartAsync(table, (_, _) => default);
        var result = await FillAsync(buffered, item => new(item, item == 7 ? "half \ud800" : "whole"));
        Assert.That((result.Rows, result.DeadLetters), Is.EqualTo((49L, 1L)));
        Assert.That(await BufferCluster.ScalarAsync<long>($"SELECT count(*) FROM {table} WHERE text = 'whole'"), Is.EqualTo(49));
    }

    [Test]
    public async Task Dead_letter_that_nobody_takes_is_lost_alone_and_its_values_are_not_logged()
    {
        var table = await BufferCluster.CreateTableAsync("id bigint PRIMARY KEY, text varchar(20)");
        await using var buffered = await StartAsync(table, (letter, _) => throw new InvalidOperationException($"cannot keep {letter.Json}"));
        var result = await FillAsync(buffered, item => new(item, item == 7 ? "far too long and hidden-7" : "short"));
        Assert.That((result.Rows, buffered.Log.Count(4006)), Is.EqualTo((49L, 1)));
        Assert.That(buffered.Log.Texts, Has.None.Contains("hidden-7"));
    }

    private static async Task<FlushResult> FillAsync(Buffered buffered, Func<int, Entry> item)
    {
        for (var id = 0; id < 50; id++)
        {
            Assert.That(buffered.Get<Entry>().TryEnqueue(item(id)), Is.True);
        }

        return await buffered.Get<Entry>().FlushAsync().WaitAsync(TimeSpan.FromSeconds(15));
    }

    private async Task<Buffered> StartAsync(string table, Func<DeadLetter, CancellationToken, ValueTask> keep) =>
        await Buffered.StartAsync(await BufferCluster.GetAsync(), builder => builder.AddLazyWriteBuffer<Entry>(
            to =>
            {
                to.MergeInto(table).Key("id", item => item.Id).Last("text", item => item.Text);
                to.DeadLetterTo(keep);
                to.Durable(
                    (item, bytes) => System.Buffers.BuffersExtensions.Write(bytes, Encoding.Unicode.GetBytes($"{item.Id} {item.Text}")),
                    bytes => new(0, Encoding.Unicode.GetString(bytes.Span)));
            },
            options => (options.SpoolDirectory, options.FlushInterval, options.RetryDelay, options.DrainTimeout) =
                (_directory, TimeSpan.FromHours(1), TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(1))));
}
