namespace PgScale.Buffering.Spool;

/// <summary>The directory in which a durable buffer keeps its items cannot be used; the message says why and what to do.</summary>
public sealed class SpoolException : Exception
{
    /// <summary>Creates an exception about a spool.</summary>
    public SpoolException(SpoolProblem problem, string path, string message, Exception? innerException = null)
        : base(message, innerException) => (Problem, Path) = (problem, path);

    /// <summary>What kind of problem it is.</summary>
    public SpoolProblem Problem { get; }

    /// <summary>The directory or file in question.</summary>
    public string Path { get; }

    /// <summary>Where in the file the damage begins, in bytes; <see langword="null"/> when it is not about a place in a file.</summary>
    public long? Offset { get; init; }

    /// <summary>How many records are lost; 0 when that is not known.</summary>
    public long LostRecords { get; init; }
}
