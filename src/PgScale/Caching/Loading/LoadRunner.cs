using System.Diagnostics;
using PgScale.Cluster;
using PgScale.Diagnostics;

namespace PgScale.Caching.Loading;

/// <summary>Runs factories: within the limit, within their time, and with what the cluster proves of what they read.</summary>
internal sealed class LoadRunner(
    CacheWithLockingOptions options, LoadGate gate, FillProof proof, CacheMetrics metrics, TimeProvider time, string instance)
{
    /// <param name="loader">The factory.</param>
    /// <param name="begin">Called when the load begins: what it must hold.</param>
    /// <param name="abandoned">Ends it.</param>
    /// <exception cref="CacheLoadException">It took too long, or too many wait for their turn.</exception>
    internal async Task<Loaded<T>> RunAsync<T>(Loader<T> loader, Func<ConsistencyToken> begin, CancellationToken abandoned)
    {
        await gate.EnterAsync(abandoned).ConfigureAwait(false);
        metrics.LoadStarted();
        using var activity = PgScaleActivitySource.Instance.StartActivity("pgscale.cache.load");
        activity?.SetTag(PgScaleTelemetry.InstanceTag, instance);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(abandoned);
        var startedAt = time.GetTimestamp();
        var outcome = "failed";
        try
        {
            var loaded = await LoadAsync(loader, begin(), startedAt, ending.Token, abandoned).ConfigureAwait(false);
            outcome = "loaded";
            return loaded;
        }
        catch (TimeoutException late) when (time.GetElapsedTime(startedAt) >= options.LoadTimeout)
        {
            outcome = "timeout";
            throw new CacheLoadException(
                CacheLoadFailure.TimedOut,
                $"The value was not loaded within {options.LoadTimeout.TotalSeconds:0.###} s (PgScale:Caching:LoadTimeout). "
                + "Its load was cancelled; make it faster or allow it more time.",
                late);
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false); // a load that hangs learns that nobody waits
            gate.Leave();
            metrics.LoadEnded(time.GetElapsedTime(startedAt), outcome);
            activity?.SetTag(PgScaleTelemetry.OutcomeTag, outcome);
            activity?.SetStatus(outcome is "loaded" ? ActivityStatusCode.Unset : ActivityStatusCode.Error);
        }
    }

    // Asked of the cluster before and after: a server that became usable in between may be behind.
    private async Task<Loaded<T>> LoadAsync<T>(
        Loader<T> loader, ConsistencyToken required, long startedAt, CancellationToken ending, CancellationToken abandoned)
    {
        var held = proof.Floor(time.GetUtcNow());
        var isProvable = proof.Holds(required);
        var context = new CacheFillContext(required);
        var value = await loader.LoadAsync(context, ending).AsTask().WaitAsync(options.LoadTimeout, time, abandoned).ConfigureAwait(false);
        var isProven = required.IsNone || context.IsPromised || (isProvable && proof.Holds(required));
        return new(value, isProven, isProven ? Tokens.Greatest(held, required) : default, (int)time.GetElapsedTime(startedAt).TotalMilliseconds);
    }
}
