namespace PgScale.Buffering.Sinks;

/// <summary>The column that must have changed by more than a span for its row to be written.</summary>
/// <param name="Column">The column.</param>
/// <param name="TicksOf">Its value in an item, in ticks.</param>
/// <param name="TicksIn">Its value in a slot, in ticks.</param>
/// <param name="Threshold">The span.</param>
internal sealed record MergeGuard<T>(string Column, Func<T, long> TicksOf, Func<MergeCells<T>, int, long> TicksIn, TimeSpan Threshold)
{
    /// <summary>What a stored value is in microseconds since 1970; NULL when it is none.</summary>
    internal static string MicrosecondsSql(string stored) =>
        $"CASE WHEN pg_catalog.isfinite({stored}) THEN (extract(epoch FROM {stored}) * 1000000)::bigint END";

    /// <summary>A moment of the server in ticks.</summary>
    internal static long ToTicks(long microseconds) => DateTime.UnixEpoch.Ticks + (microseconds * TimeSpan.TicksPerMicrosecond);

    /// <summary>The condition under which a row is written.</summary>
    internal string ToSql(string stored, string given) =>
        FormattableString.Invariant($"({stored} IS NULL OR {stored} < {given} - interval '{Threshold.Ticks / TimeSpan.TicksPerMicrosecond} microseconds')");
}
