using System.Text.Json;
using Npgsql;

namespace PgScale.Buffering.Sinks;

/// <summary>One column of an append: how its value comes out of an item and goes to the server, without being boxed.</summary>
internal abstract class Column<T>(string name)
{
    internal string Name { get; } = name;

    /// <summary>The type of its values, for messages.</summary>
    internal abstract Type ValueType { get; }

    /// <summary>Whether its values take nothing outside the item.</summary>
    internal abstract bool IsFixedSize { get; }

    /// <summary>Whether its type has no way to say NULL.</summary>
    internal abstract bool IsNeverNull { get; }

    /// <summary>What the value of an item takes outside the item.</summary>
    internal abstract long SizeOf(T item);

    /// <summary>Writes the value of an item into a COPY.</summary>
    internal abstract Task WriteAsync(NpgsqlBinaryImporter importer, T item, string type, CancellationToken cancellationToken);

    /// <summary>The values of a range as one array.</summary>
    /// <exception cref="RowFaultException">An item has no value because its selector throws.</exception>
    internal abstract NpgsqlParameter Gather(T[] items, RowRange range, string type);

    /// <summary>Writes the value of an item for a dead letter.</summary>
    internal abstract void Describe(Utf8JsonWriter json, T item);
}
