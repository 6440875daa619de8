using PgScale.Cluster;
using PgScale.Routing;

namespace PgScale.Samples.Demo.Scenes;

/// <summary>Somebody starts far too many exports: they share the places of their tier, and the chat does not notice.</summary>
internal sealed class Flood : IScene
{
    /// <summary>How many exports may run at once.</summary>
    public const int Places = 2;

    private const int Exporters = 100;

    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(200);

    private long _answered;
    private long _rejected;

    public string Title => "flood of exports";

    public async Task PlayAsync(Stage stage, CancellationToken cancellationToken)
    {
        stage.Say($"{Exporters} exports at once in tier {TierNames.BestEffort}, which has {Places} places; the chat reads in tier {TierNames.Critical}");
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var exports = Enumerable.Range(0, Exporters).Select(number => ExportAsync(stage, number, ending.Token)).ToList();
        await stage.UntilReadsAsync(1_000, cancellationToken);
        await ending.CancelAsync();
        await Task.WhenAll(exports);
        stage.Say($"{_answered} exports were answered, {_rejected} were told at once to come back later");
        stage.Report.Promise("the flood was turned away at its own tier", _answered > 0 && _rejected > 0);
        stage.Report.Promise($"99 of 100 chat reads took less than {Words.Duration(Longest)} meanwhile", stage.Tally.ReadTime99 < Longest);
    }

    private async Task ExportAsync(Stage stage, int number, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await ExportOnceAsync(stage, number, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The scene ends.
        }
    }

    private async Task ExportOnceAsync(Stage stage, int number, CancellationToken cancellationToken)
    {
        try
        {
            await stage.Chat.Messages.ExportAsync(number * 500, cancellationToken);
            Interlocked.Increment(ref _answered);
        }
        catch (ReadRejectedException rejection)
        {
            Interlocked.Increment(ref _rejected);
            await stage.PauseAsync(rejection.RetryAfter, cancellationToken);
        }
    }
}
