namespace PgScale.Ddl;

/// <summary>A schema change was not made, or not all of it. What was done is complete in itself; running it again goes on from there.</summary>
public sealed class DdlException : Exception
{
    /// <summary>Creates it without a reason.</summary>
    public DdlException()
        : this("The schema change was not made.")
    {
    }

    /// <summary>Creates it with a reason.</summary>
    /// <param name="message">What happened and what to do.</param>
    public DdlException(string message)
        : base(message)
    {
    }

    /// <summary>Creates it with a reason and what led to it.</summary>
    /// <param name="message">What happened and what to do.</param>
    /// <param name="innerException">What led to it.</param>
    public DdlException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal DdlException(DdlFailure failure, string message, Exception? innerException = null)
        : base(message, innerException) => Failure = failure;

    /// <summary>What kind of failure it is.</summary>
    public DdlFailure Failure { get; }

    /// <summary>The plan, or null when there is none.</summary>
    public DdlPlan? Plan { get; internal set; }

    /// <summary>The step at which it stopped, from 0, or null.</summary>
    public int? Step { get; internal set; }

    /// <summary>The sessions that were in the way; empty when none was.</summary>
    public IReadOnlyList<DdlBlocker> Blockers { get; internal init; } = [];

    /// <summary>The run in the history, or null when none was begun.</summary>
    public Guid? Run { get; internal set; }
}
