using Npgsql;

namespace PgScale.Buffering.Sinks;

/// <summary>Where batches go: knows the table, and how rows are put into it.</summary>
internal abstract class Sink
{
    /// <summary>The table as the user wrote it, or what stands for it in messages.</summary>
    internal abstract string Target { get; }

    /// <summary>Compares the mapping with the table, unless that was done before.</summary>
    /// <exception cref="BufferMappingException">They do not fit; the message names the column and the remedy.</exception>
    internal abstract ValueTask PrepareAsync(NpgsqlConnection connection, CancellationToken cancellationToken);

    /// <summary>Compares again next time: the table may have changed.</summary>
    internal abstract void Forget();
}
