using System.Collections.Immutable;
using System.Globalization;

namespace PgScale.Backfill.Pacing;

/// <summary>The application's own signals, each asked once a second with two seconds to answer.</summary>
internal sealed class OwnSignals(IReadOnlyList<BackfillSignal> signals, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private ImmutableArray<SignalReading> _current = [.. signals.Select(static signal => Reading(signal, value: 0))];

    internal IEnumerable<SignalReading> Current => _current;

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (signals.Count > 0 && !cancellationToken.IsCancellationRequested)
        {
            await ReadAsync(cancellationToken).ConfigureAwait(false);
            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    internal async Task ReadAsync(CancellationToken cancellationToken) =>
        _current = [.. await Task.WhenAll(signals.Select(signal => ReadAsync(signal, cancellationToken))).ConfigureAwait(false)];

    private async Task<SignalReading> ReadAsync(BackfillSignal signal, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return Reading(signal, await signal.ReadAsync(linked.Token).AsTask().WaitAsync(linked.Token).ConfigureAwait(false));
        }
        catch (Exception)
        {
            return Reading(signal, value: null); // what cannot be read is over its limit
        }
    }

    private static SignalReading Reading(BackfillSignal signal, double? value) => new(
        signal.Name,
        value,
        signal.Limit,
        string.Create(CultureInfo.InvariantCulture, $"{signal.Name} is {(value is { } known ? known.ToString("0.###", CultureInfo.InvariantCulture) : "not known")}, with a limit of {signal.Limit:0.###}"));
}
