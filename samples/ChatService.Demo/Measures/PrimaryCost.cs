using Dapper;
using Npgsql;

namespace PgScale.Samples.ChatService.Demo.Measures;

/// <summary>What the primary has done so far: statements in one database, probes included, and bytes of WAL.</summary>
internal sealed record PrimaryCost(long Statements, long WalBytes)
{
    private const string Sql = """
        SELECT (SELECT coalesce(sum(s.calls), 0)::bigint FROM pg_stat_statements AS s JOIN pg_database AS d ON d.oid = s.dbid WHERE d.datname = @database) AS statements,
               (pg_current_wal_insert_lsn() - '0/0')::bigint AS walBytes
        """;

    public static async Task<PrimaryCost> ReadAsync(NpgsqlDataSource primary, string database, CancellationToken cancellationToken)
    {
        await using var connection = await primary.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<PrimaryCost>(new CommandDefinition(Sql, new { database }, cancellationToken: cancellationToken));
    }

    public static PrimaryCost operator -(PrimaryCost after, PrimaryCost before) => new(after.Statements - before.Statements, after.WalBytes - before.WalBytes);
}
