using PgScale.Caching.Tags;

namespace PgScale.Caching.Loading;

/// <inheritdoc/>
internal sealed class Flight<T>(string key, TagStamps stamps, int epoch) : Flight(key, stamps, epoch)
{
    private readonly TaskCompletionSource<Filled<T>> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal override Task Ended => _outcome.Task;

    internal Task<Filled<T>> Outcome => _outcome.Task;

    internal void Complete(Filled<T> filled) => _outcome.TrySetResult(filled);

    internal void Fail(Exception failure)
    {
        if (_outcome.TrySetException(failure))
        {
            _ = _outcome.Task.Exception; // seen, also when every caller has gone
        }
    }

    /// <summary>Waits on behalf of one caller who joined.</summary>
    internal async Task<Filled<T>> WaitAsync(FlightTable flights, CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled || _outcome.Task.IsCompleted)
        {
            return await _outcome.Task.ConfigureAwait(false);
        }

        try
        {
            return await _outcome.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            if (Leave())
            {
                flights.Remove(this);
            }

            throw;
        }
    }
}
