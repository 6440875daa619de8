using System.Security.Cryptography;
using Npgsql;

namespace PgScale.Ddl.Server;

/// <summary>
/// The server as a parser: the body of an SQL function is parsed when the function is made and never run. From PostgreSQL 16 on, the
/// server also tells what it has read (<c>debug_print_parse</c>). Must run inside a transaction, which sees no trace of it.
/// </summary>
internal sealed class ServerParser(NpgsqlConnection connection)
{
    private const string Savepoint = "pgscale_parse";

    /// <summary>The server's opinion of a statement.</summary>
    public async Task<ServerReading> ReadAsync(string sql, CancellationToken cancellationToken)
    {
        List<string> trees = [];
        NoticeEventHandler listen = (_, notice) =>
        {
            if (notice.Notice.Detail is { Length: > 0 } detail && detail.TrimStart().StartsWith('{'))
            {
                trees.Add(detail);
            }
        };
        await RunAsync($"SAVEPOINT {Savepoint}", cancellationToken).ConfigureAwait(false);
        connection.Notice += listen;
        try
        {
            await ParseAsync(sql, cancellationToken).ConfigureAwait(false);
            return new ServerReading(null, TreeOf(trees));
        }
        catch (PostgresException rejected) when (rejected.SqlState is not ("57014" or "57P01"))
        {
            return new ServerReading(rejected.MessageText, null);
        }
        finally
        {
            connection.Notice -= listen;
            await RunAsync($"ROLLBACK TO SAVEPOINT {Savepoint}; RELEASE SAVEPOINT {Savepoint}", CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static ServerNode? TreeOf(List<string> trees)
    {
        // The statement that makes the function is printed too, in front of its body.
        List<ServerNode> read = [.. trees.Select(ServerTreeReader.Read).Where(node => node.Field("utilityStmt") is { Name: not ("CREATEFUNCTIONSTMT" or "VARIABLESETSTMT") })];
        return read.Count == 1 ? read[0].Field("utilityStmt") : null;
    }

    private async Task ParseAsync(string sql, CancellationToken cancellationToken)
    {
        var tag = Tag(sql);
        var print = connection.PostgreSqlVersion.Major >= 16
            ? "SET LOCAL client_min_messages = log; SET LOCAL debug_pretty_print = off; SET LOCAL debug_print_parse = on; "
            : "";
        var function = $"pg_temp.pgscale_parse_{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
        await RunAsync(
            $"SET LOCAL check_function_bodies = on; {print}CREATE FUNCTION {function}() RETURNS void LANGUAGE sql AS ${tag}$\n{sql}\n${tag}$",
            cancellationToken).ConfigureAwait(false);
    }

    private static string Tag(string sql)
    {
        string tag;
        do
        {
            tag = "pgscale_" + RandomNumberGenerator.GetHexString(16, lowercase: true);
        }
        while (sql.Contains(tag, StringComparison.Ordinal));

        return tag;
    }

    private async Task RunAsync(string sql, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
