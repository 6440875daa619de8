namespace PgScale.Cli;

/// <summary>How commands end; scripts count on these numbers, which are in docs/ddl.md and docs/backfill.md.</summary>
internal static class ExitCode
{
    internal const int Done = 0;

    /// <summary>A statement or a backfill was refused, or is not safe as it is written.</summary>
    internal const int Unsafe = 1;

    /// <summary>The command line cannot be understood, or a file is missing.</summary>
    internal const int Usage = 2;

    /// <summary>Others were in the way, or it is not the hour: run it again later.</summary>
    internal const int Later = 3;

    /// <summary>The server refused a statement; what was done before stays.</summary>
    internal const int Failed = 4;

    /// <summary>The server cannot be reached, or not directly.</summary>
    internal const int Unreachable = 5;

    /// <summary>The files do not fit what was applied.</summary>
    internal const int Mismatch = 6;

    /// <summary>Stopped by Ctrl+C.</summary>
    internal const int Cancelled = 130;
}
