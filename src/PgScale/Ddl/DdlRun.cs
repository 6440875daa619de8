namespace PgScale.Ddl;

/// <summary>What the history knows of a run.</summary>
public sealed record DdlRun
{
    /// <summary>Its key in <c>pgscale.ddl_history</c>.</summary>
    public required Guid Id { get; init; }

    /// <summary>The plan that it ran.</summary>
    public required DdlPlan Plan { get; init; }

    /// <summary>How it stands.</summary>
    public required DdlOutcome Outcome { get; init; }

    /// <summary>Why it failed; null unless it did.</summary>
    public string? Error { get; init; }

    /// <summary>When it was begun, by the server's clock.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended, by the server's clock; null while it runs.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The role that ran it.</summary>
    public string By { get; init; } = "";

    /// <summary>The machine, process and application that ran it.</summary>
    public string From { get; init; } = "";

    /// <summary>The file that it belongs to, or null.</summary>
    public string? Migration { get; init; }

    /// <summary>The steps that were begun, in order.</summary>
    public IReadOnlyList<DdlStepRecord> Steps { get; init; } = [];
}
