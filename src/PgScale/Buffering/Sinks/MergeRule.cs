namespace PgScale.Buffering.Sinks;

/// <summary>How two values of a column become one: in memory, and in SQL with what the table holds.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Combine">The held and the next value into one.</param>
/// <param name="Sql">The stored and the given SQL expression into one.</param>
/// <param name="Type">The type in which the value is sent, or null for the column's.</param>
internal sealed record MergeRule<TValue>(string Name, Func<TValue, TValue, TValue> Combine, Func<string, string, string> Sql, string? Type = null);
