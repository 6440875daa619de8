using System.Diagnostics;
using NpgsqlTypes;
using PgScale.Cluster;
using PgScale.Samples.Demo.Chat;

namespace PgScale.Samples.Demo.Scenes;

/// <summary>A million messages are counted on a thousand conversations, and beside it a few thousand in the naive way.</summary>
internal sealed class CountersMerged : IScene
{
    private const int Hits = 1_000_000;
    private const int NaiveHits = 4_000;
    private const int NaiveWriters = 4;
    private const int Conversations = 1_000;
    private const int Better = 20;

    public string Title => "a million counts";

    public async Task PlayAsync(Stage stage, CancellationToken cancellationToken)
    {
        var counters = stage.Chat.Counters;
        var naive = await MeasureAsync(stage, NaiveHits, () => CountOneByOneAsync(counters, cancellationToken), cancellationToken);
        stage.Say($"the naive way: {NaiveHits:N0} statements in {Words.Duration(naive.Time)}, {naive.WalPerHit:0} bytes of log for each");
        var token = ConsistencyToken.None;
        var merged = await MeasureAsync(stage, Hits, async () => token = await CountMergedAsync(counters, cancellationToken), cancellationToken);
        stage.Say($"through the buffer: {Hits:N0} in {Words.Duration(merged.Time)}, {merged.WalPerHit:0.0} bytes of log for each");

        var total = await counters.ReadTotalAsync(token, cancellationToken);
        stage.Report.Promise($"every count is there, read from a replica ({total:N0})", total == Hits + NaiveHits);
        stage.Report.Promise($"a count cost less than 1/{Better} of the log that the naive way takes", merged.WalPerHit * Better < naive.WalPerHit);
    }

    private static async Task CountOneByOneAsync(ChatCounters counters, CancellationToken cancellationToken)
    {
        var writers = Enumerable.Range(0, NaiveWriters).Select(async _ =>
        {
            for (var i = 0; i < NaiveHits / NaiveWriters; i++)
            {
                await counters.CountOneByOneAsync(AnyHit(), cancellationToken);
            }
        });
        await Task.WhenAll(writers);
    }

    private static async Task<ConsistencyToken> CountMergedAsync(ChatCounters counters, CancellationToken cancellationToken)
    {
        for (var i = 0; i < Hits; i++)
        {
            await counters.CountAsync(AnyHit(), cancellationToken);
        }

        return (await counters.FlushAsync(cancellationToken)).Token;
    }

    private static async Task<Cost> MeasureAsync(Stage stage, int hits, Func<Task> act, CancellationToken cancellationToken)
    {
        var before = await ReadPositionAsync(stage, cancellationToken);
        var watch = Stopwatch.StartNew();
        await act();
        var time = watch.Elapsed;
        var after = await ReadPositionAsync(stage, cancellationToken);
        return new(time, (double)((ulong)after - (ulong)before) / hits);
    }

    private static Task<NpgsqlLogSequenceNumber> ReadPositionAsync(Stage stage, CancellationToken cancellationToken) =>
        stage.Servers.Primary.ScalarAsync<NpgsqlLogSequenceNumber>("SELECT pg_current_wal_insert_lsn()", cancellationToken);

    private static ConversationHit AnyHit() => new(1 + Random.Shared.Next(Conversations));

    private sealed record Cost(TimeSpan Time, double WalPerHit);
}
