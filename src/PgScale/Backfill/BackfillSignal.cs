namespace PgScale.Backfill;

/// <summary>A measure of the application's own that backfills must keep under a limit.</summary>
public sealed class BackfillSignal
{
    /// <summary>Describes it.</summary>
    /// <param name="name">What progress and metrics call it: short, lower case, as <c>checkout_p99</c>.</param>
    /// <param name="limit">More than this holds backfills until it is less again. More than 0.</param>
    /// <param name="readAsync">Reads it; null or an exception counts as over the limit. It is asked each second and has two seconds.</param>
    /// <exception cref="ArgumentException">The name is empty, or the limit is not above 0.</exception>
    public BackfillSignal(string name, double limit, Func<CancellationToken, ValueTask<double?>> readAsync)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        ArgumentNullException.ThrowIfNull(readAsync);
        (Name, Limit, ReadAsync) = (name, limit, readAsync);
    }

    /// <summary>What progress and metrics call it.</summary>
    public string Name { get; }

    /// <summary>More than this holds backfills until it is less again.</summary>
    public double Limit { get; }

    /// <summary>Reads it; null or an exception counts as over the limit.</summary>
    public Func<CancellationToken, ValueTask<double?>> ReadAsync { get; }
}
