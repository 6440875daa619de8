using PgScale.Buffering.Holding;

namespace PgScale.Buffering.Flushing;

/// <summary>Asks the ledger what an earlier life of a durable buffer has committed, before anything is flushed.</summary>
internal sealed class LedgerRecovery(IBatchSource source, PrimarySession session, FlushStatus status, Backoff backoff, TimeProvider time)
{
    internal async Task RunAsync(CancellationToken giveUp)
    {
        if (source.DurableId is not { } writer)
        {
            return;
        }

        for (var attempt = 1; ; attempt++)
        {
            try
            {
                source.Recover(await session.ReadCommittedAsync(new(writer, isDurable: true), giveUp).ConfigureAwait(false));
                status.Succeeded(attempt);
                return;
            }
            catch (Exception failure) when (!giveUp.IsCancellationRequested)
            {
                Note(failure, attempt);
            }

            await Task.Delay(backoff.After(attempt), time, giveUp).ConfigureAwait(false);
        }
    }

    private void Note(Exception failure, int attempt)
    {
        if (FlushFailures.Classify(failure) == FlushFailure.Table)
        {
            session.Forget();
            status.Stopped(failure);
        }
        else
        {
            status.Failed(failure, attempt);
        }
    }
}
