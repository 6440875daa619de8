using System.Collections.Immutable;

namespace PgScale.Backfill;

/// <summary>A backfill may not start, or not do what was asked. The message gives every reason and what to do.</summary>
public sealed class BackfillRefusedException : Exception
{
    /// <summary>Creates it without details.</summary>
    public BackfillRefusedException()
        : this("The backfill was refused.")
    {
    }

    /// <summary>Creates it with a message.</summary>
    public BackfillRefusedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates it with a message and what led to it.</summary>
    public BackfillRefusedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The backfill.</summary>
    public string Backfill { get; private init; } = "";

    /// <summary>Each reason with its remedy.</summary>
    public ImmutableArray<string> Reasons { get; private init; } = [];

    internal static BackfillRefusedException For(string backfill, params ReadOnlySpan<string> reasons)
    {
        ImmutableArray<string> all = [.. reasons];
        return new($"The backfill '{backfill}' is refused. {string.Join(' ', all)}") { Backfill = backfill, Reasons = all };
    }

    internal static BackfillRefusedException For(string backfill, string reason, Exception cause) =>
        new($"The backfill '{backfill}' is refused. {reason}", cause) { Backfill = backfill, Reasons = [reason] };
}
