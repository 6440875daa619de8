using NpgsqlTypes;
using PgScale.Cluster;
using PgScale.Testing;

namespace PgScale.Samples.Demo.Scenes;

/// <summary>The primary dies, a replica is promoted, and the old primary comes back as a replica.</summary>
internal sealed class PrimaryLost : IScene
{
    private const string ReceivedSql = "SELECT greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())";

    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(1);

    public string Title => "primary lost";

    public async Task PlayAsync(Stage stage, CancellationToken cancellationToken)
    {
        var old = stage.Servers.Primary;
        var oldName = stage.Servers.NameOf(old);
        stage.Say($"kill -9 {oldName}, the primary");
        await stage.UntilKnownAsync(
            "there is no primary", () => old.KillAsync(cancellationToken), snapshot => snapshot.Primary is null, cancellationToken);
        stage.Report.Promise("the monitor knew of the dead primary within 1 s", stage.Report.KnownAfter <= Promised);

        var heir = await FindMostAdvancedAsync(stage, old, cancellationToken);
        var heirName = stage.Servers.NameOf(heir);
        stage.Say($"promote {heirName}, which has received most");
        await stage.Servers.PromoteAsync(heir, cancellationToken);
        await stage.UntilKnownAsync(
            $"{heirName} is primary", snapshot => snapshot.Primary is { } primary && primary.Name == heirName, cancellationToken);
        var enough = stage.Tally.Writes + 50;
        await stage.UntilSeenAsync("writes go to the new primary", () => stage.Tally.Writes >= enough, cancellationToken);
        stage.Say($"writes go to {heirName}; they had paused for {Words.Duration(stage.Tally.LongestPause)}");

        stage.Say($"rejoin {oldName} as a replica");
        await stage.Servers.RejoinAsync(old, cancellationToken);
        await stage.UntilBackAsync(oldName, cancellationToken);
        stage.Report.Promise("the old primary serves reads as a replica", stage.Snapshot.Find(oldName)?.Role == NodeRole.Replica);
    }

    // As any operator would: what the promoted replica has not received is lost.
    private static async Task<PostgresServer> FindMostAdvancedAsync(Stage stage, PostgresServer old, CancellationToken cancellationToken)
    {
        var received = new List<(PostgresServer Server, NpgsqlLogSequenceNumber Position)>();
        foreach (var server in stage.Servers.Servers.Where(server => server != old))
        {
            received.Add((server, await server.ScalarAsync<NpgsqlLogSequenceNumber>(ReceivedSql, cancellationToken)));
        }

        return received.MaxBy(candidate => candidate.Position).Server;
    }
}
