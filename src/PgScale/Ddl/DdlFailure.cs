namespace PgScale.Ddl;

/// <summary>Why a schema change was not made, or not all of it.</summary>
public enum DdlFailure
{
    /// <summary>The judge refused the statement; nothing was run.</summary>
    Refused,

    /// <summary>The policy's hours are over; what was done stays, and the next run goes on from there.</summary>
    OutsideHours,

    /// <summary>Sessions stood in the way for longer than is waited, or the policy says to report them.</summary>
    Blocked,

    /// <summary>Another runner is at work.</summary>
    RunnerBusy,

    /// <summary>The connection leads through a pooler that shares server connections, or to a server that is no primary.</summary>
    DirectConnectionNeeded,

    /// <summary>A statement would have rewritten, read or locked what its plan had not announced; its transaction was rolled back.</summary>
    Unannounced,

    /// <summary>The server refused a statement.</summary>
    StepFailed,

    /// <summary>The migrations of a folder do not fit what was applied.</summary>
    MigrationMismatch,
}
