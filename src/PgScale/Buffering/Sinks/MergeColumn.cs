using System.Text.Json;
using Npgsql;

namespace PgScale.Buffering.Sinks;

/// <summary>One merged column: makes the cells that hold its values, and parameters out of them.</summary>
internal abstract class MergeColumn<T>(string name)
{
    internal string Name { get; } = name;

    /// <summary>The rule, for messages.</summary>
    internal abstract string RuleName { get; }

    /// <summary>The type of its values, for messages.</summary>
    internal abstract Type ValueType { get; }

    /// <summary>The type in which values are sent, or null for the column's.</summary>
    internal abstract string? SentType { get; }

    internal abstract MergeCells<T> CreateCells();

    /// <summary>What the value of an item takes outside the cells.</summary>
    internal abstract long SizeOf(T item);

    /// <summary>The stored and the given SQL expression into one.</summary>
    internal abstract string Combine(string stored, string given);

    /// <summary>The values of some places as one array.</summary>
    internal abstract NpgsqlParameter Gather(MergeCells<T>[] cells, ReadOnlySpan<MergePlace> places, string type);

    internal abstract void Describe(Utf8JsonWriter json, MergeCells<T> cells, int slot);
}
