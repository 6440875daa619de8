using Npgsql;

namespace PgScale.Backfill;

/// <summary>The rows that a <see cref="BackfillWork"/> has to change: they are locked, and guard and stage hold for them.</summary>
public sealed class BackfillBatch
{
    private readonly IReadOnlyList<object[]> _keys;

    internal BackfillBatch(NpgsqlConnection connection, IReadOnlyList<object[]> keys)
    {
        Connection = connection;
        _keys = keys;
    }

    /// <summary>The connection, in the transaction of the batch. PgScale commits it together with the checkpoint.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>How many rows there are; 0 or more.</summary>
    public int Count => _keys.Count;

    /// <summary>The values of a column of the key, in the order of the key; an array is ready to be a parameter for <c>unnest</c>.</summary>
    /// <typeparam name="T">The type in which Npgsql reads the column, such as <see cref="long"/> for <c>bigint</c>.</typeparam>
    /// <param name="column">Which column of the key, from 0.</param>
    /// <exception cref="InvalidCastException">The column has another type.</exception>
    public T[] GetKeys<T>(int column = 0) => [.. _keys.Select(key => (T)key[column])];
}
