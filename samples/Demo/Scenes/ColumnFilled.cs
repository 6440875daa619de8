using PgScale.Backfill;
using PgScale.Cluster;

namespace PgScale.Samples.Demo.Scenes;

/// <summary>A column of a million rows is filled under load, and half-way a replica stops to replay: the backfill waits for it.</summary>
internal sealed class ColumnFilled : IScene
{
    private const int Rows = 1_000_000;

    private static readonly TimeSpan MaxLag = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Settled = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(700);

    public string Title => "a million rows";

    public async Task PlayAsync(Stage stage, CancellationToken cancellationToken)
    {
        await stage.Servers.Primary.ExecuteAsync(
            $"""
            CREATE TABLE reactions AS SELECT i::bigint AS id, i % 50000 AS user_id, NULL::int AS score FROM generate_series(1, {Rows}) i;
            ALTER TABLE reactions ADD PRIMARY KEY (id);
            ANALYZE reactions;
            """,
            cancellationToken);
        stage.Say($"fill a column of {Rows:N0} rows, with replicas at most {MaxLag.TotalMilliseconds:0} ms behind");
        var diary = new FillDiary(stage);
        var filling = stage.Chat.Backfill.RunAsync(Definition(), diary, options: null, cancellationToken);
        await stage.UntilSeenAsync("a third of the rows is filled", () => filling.IsCompleted || diary.Last?.Fraction > 0.33, cancellationToken);
        await DelayReplicaAsync(stage, diary, cancellationToken);

        var status = await filling;
        var right = await stage.Servers.Primary.ScalarAsync<long>("SELECT count(*) FROM reactions WHERE score = id % 100", cancellationToken);
        stage.Report.Promise($"every row was filled, each once ({status.RowsChanged:N0})", right == Rows && status.RowsChanged == Rows);
    }

    private static BackfillDefinition Definition() => new("fill-scores", "reactions")
    {
        Set = { ["score"] = "(t.id % 100)::int" },
        Where = "t.score IS NULL",
        Sweep = BackfillSweep.None,
        Pace = new() { MaxReplicaLag = MaxLag },
    };

    private static async Task DelayReplicaAsync(Stage stage, FillDiary diary, CancellationToken cancellationToken)
    {
        var late = stage.Snapshot.GetFreshReplicas(TierNames.BestEffort).Last().Name;
        var server = stage.Servers.Find(late);
        stage.Say($"pause replay on {late}");
        var pausedAt = stage.Now;
        await server.PauseReplayAsync(cancellationToken);
        await stage.UntilSeenAsync("the backfill is held", () => diary.Last is { Duty: 0, LimitedBy: "replica_lag" }, cancellationToken);
        stage.Report.KnownAfter = stage.SinceThen(pausedAt);
        await stage.PauseAsync(Settled, cancellationToken); // the batch under way ends
        var visited = diary.Last!.RowsVisited;
        await stage.PauseAsync(Look, cancellationToken);
        stage.Report.Promise("no row was touched while a replica was late", diary.Last.RowsVisited == visited);
        stage.Say($"resume replay on {late}");
        await server.ResumeReplayAsync(cancellationToken);
    }
}
