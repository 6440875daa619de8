using PgScale.Samples.Demo.Chat;

namespace PgScale.Samples.Demo.Scenes;

/// <summary>A thousand clients read the same few profiles while Redis dies and comes back.</summary>
internal sealed class RedisKilled : IScene
{
    /// <summary>How many loads may run at once, whatever happens.</summary>
    public const int MostLoads = 16;

    private const int Clients = 1_000;
    private const int Profiles = 50;
    private const int Enough = 20_000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(500);

    private long _reads;
    private long _failed;
    private long _slowest;

    public string Title => "Redis killed";

    public async Task PlayAsync(Stage stage, CancellationToken cancellationToken)
    {
        var profiles = stage.Chat.Profiles;
        stage.Say($"{Clients:N0} clients read {Profiles} profiles, which are kept for a second");
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var clients = Enumerable.Range(0, Clients).Select(_ => ReadAsync(stage, profiles, ending.Token)).ToList();
        await UntilReadsAsync(stage, Enough / 2, cancellationToken);
        profiles.TakeMostAtOnce();
        var loadsBefore = profiles.Loads;

        stage.Say("kill -9 Redis");
        await stage.Servers.Redis.KillAsync(cancellationToken);
        await UntilReadsAsync(stage, Enough, cancellationToken);
        stage.Say("start Redis, empty");
        await stage.Servers.Redis.StartAsync(cancellationToken);
        await UntilReadsAsync(stage, Enough, cancellationToken);
        await ending.CancelAsync();
        await Task.WhenAll(clients);

        var (loads, mostLoads, slowest) = (profiles.Loads - loadsBefore, profiles.TakeMostAtOnce(), TimeSpan.FromTicks(_slowest));
        stage.Say($"{_reads:N0} profile reads, {loads:N0} loads from the database, {mostLoads} at once at most; the slowest read took {Words.Duration(slowest)}");
        stage.Report.Promise("every profile was read, with Redis and without", _failed == 0);
        stage.Report.Promise($"the database never saw more than {MostLoads} loads at once", mostLoads <= MostLoads);
        stage.Report.Promise($"no profile read took {Words.Duration(Longest)}", slowest < Longest);
    }

    private Task UntilReadsAsync(Stage stage, long count, CancellationToken cancellationToken)
    {
        var enough = Volatile.Read(ref _reads) + count;
        return stage.UntilSeenAsync($"{count:N0} profiles are read", () => Volatile.Read(ref _reads) >= enough, cancellationToken);
    }

    private async Task ReadAsync(Stage stage, ChatProfiles profiles, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await ReadOnceAsync(stage, profiles, cancellationToken);
                await stage.PauseAsync(Pause, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The scene ends.
        }
    }

    private async Task ReadOnceAsync(Stage stage, ChatProfiles profiles, CancellationToken cancellationToken)
    {
        var startedAt = stage.Now;
        try
        {
            await profiles.ReadNameAsync(1 + Random.Shared.Next(Profiles), cancellationToken);
            Interlocked.Increment(ref _reads);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            Interlocked.Increment(ref _failed);
        }

        var took = stage.SinceThen(startedAt).Ticks;
        for (var slowest = Volatile.Read(ref _slowest); took > slowest; slowest = Volatile.Read(ref _slowest))
        {
            Interlocked.CompareExchange(ref _slowest, took, slowest);
        }
    }
}
