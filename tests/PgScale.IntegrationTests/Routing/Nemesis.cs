using PgScale.Testing;

namespace PgScale.IntegrationTests.Routing;

/// <summary>Does to a cluster what operators and networks do, in random order; each round brings every fault once.</summary>
/// <remarks>The primary is only ever stopped fast, with a replica that has all of its log: replication is asynchronous.</remarks>
internal sealed class Nemesis(PostgresCluster cluster, Random random)
{
    private readonly Queue<Func<PostgresServer, Task>> _round = new();

    internal int Faults { get; private set; }

    internal int Promotions { get; private set; }

    /// <summary>Whether every fault has been tried.</summary>
    internal bool HasDoneItsWorst => Faults > 0 && (_round.Count == 0 || Faults > FaultKinds().Length);

    internal async Task StrikeAsync()
    {
        if (_round.Count == 0)
        {
            var kinds = FaultKinds();
            random.Shuffle(kinds);
            Array.ForEach(kinds, _round.Enqueue);
        }

        var replicas = cluster.Replicas;
        await _round.Dequeue()(replicas[random.Next(replicas.Count)]);
        Faults++;
        await WaitAsync(50, 300);
    }

    private Func<PostgresServer, Task>[] FaultKinds() =>
        [PauseAsync, DelayAsync, CutAsync, KillAsync, RestartAsync, FreezeAsync, _ => SwitchOverAsync(), LagAndSwitchOverAsync];

    private async Task PauseAsync(PostgresServer replica)
    {
        await replica.PauseReplayAsync();
        await WaitAsync(200, 1000);
        await replica.ResumeReplayAsync();
    }

    private async Task DelayAsync(PostgresServer replica)
    {
        await replica.SetReplayDelayAsync(TimeSpan.FromMilliseconds(random.Next(50, 500)));
        await WaitAsync(300, 1000);
        await replica.SetReplayDelayAsync(TimeSpan.Zero);
    }

    private async Task CutAsync(PostgresServer replica)
    {
        await replica.CutWalReceiverAsync();
        await WaitAsync(200, 1000);
        await replica.RestoreWalReceiverAsync();
    }

    private async Task KillAsync(PostgresServer replica)
    {
        await replica.KillAsync();
        await WaitAsync(0, 800);
        await replica.StartAsync();
    }

    private Task RestartAsync(PostgresServer replica) => replica.RestartAsync();

    private async Task FreezeAsync(PostgresServer replica)
    {
        await replica.FreezeAsync();
        await WaitAsync(100, 1500);
        await replica.ThawAsync();
    }

    private async Task SwitchOverAsync()
    {
        await cluster.WaitForReplicasAsync();
        await MoveAsync(cluster.Replicas[random.Next(cluster.Replicas.Count)]);
    }

    private async Task LagAndSwitchOverAsync(PostgresServer late)
    {
        await cluster.WaitForReplicasAsync();
        await late.SetReplayDelayAsync(TimeSpan.FromMilliseconds(500));
        await MoveAsync(cluster.Replicas.First(replica => replica != late));
        await WaitAsync(100, 500);
        await late.SetReplayDelayAsync(TimeSpan.Zero);
    }

    private async Task MoveAsync(PostgresServer next)
    {
        var old = cluster.Primary;
        await old.StopAsync();
        await WaitAsync(0, 300);
        await cluster.PromoteAsync(next);
        Promotions++;
        await WaitAsync(0, 500);
        await cluster.RejoinAsync(old);
    }

    // How long a fault lasts is part of the fault: nothing is waited for here.
    private Task WaitAsync(int least, int most) => Task.Delay(TimeSpan.FromMilliseconds(random.Next(least, most)), TimeProvider.System);
}
