namespace PgScale.Backfill.Planning;

/// <summary>How many stripes a run uses, and why.</summary>
internal sealed class StripeChoice(int? stripes, string reason)
{
    private StripeChoice? _replacement;

    internal int? Stripes => _replacement is { } later ? later.Stripes : stripes;

    internal string Reason => _replacement is { } later ? later.Reason : reason;

    internal void GiveUp(long updated, long hot) =>
        Volatile.Write(ref _replacement, new(stripes: null, $"only {hot} of {updated} new row versions found room on their page"));
}
