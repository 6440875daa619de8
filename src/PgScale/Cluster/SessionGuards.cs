using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace PgScale.Cluster;

/// <summary>The limits that a server enforces on a session: how they are sent at its start, or with each transaction.</summary>
internal static class SessionGuards
{
    private const string SetLocalSql = "SELECT pg_catalog.set_config(name, value, true) FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS setting(name, value)";

    /// <summary>The settings of a tier by name.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> For(ClusterTier tier, bool readOnly)
    {
        if (Milliseconds(tier.StatementTimeout) is { } statement)
        {
            yield return new("statement_timeout", statement);
        }

        if (Milliseconds(tier.LockTimeout) is { } locks)
        {
            yield return new("lock_timeout", locks);
        }

        if (Milliseconds(tier.IdleInTransactionTimeout) is { } idle)
        {
            yield return new("idle_in_transaction_session_timeout", idle);
        }

        if (readOnly)
        {
            yield return new("default_transaction_read_only", "on");
        }
    }

    /// <summary>The start-up options that set the guards for a session; what the user has put there stays, and the tier's guards win.</summary>
    internal static string StartupOptions(string? existing, ClusterTier tier, bool readOnly)
    {
        var guards = string.Join(' ', For(tier, readOnly).Select(guard => $"-c {guard.Key}={guard.Value}"));
        return string.IsNullOrWhiteSpace(existing) ? guards : $"{existing} {guards}".TrimEnd();
    }

    /// <summary>Sets the guards for the open transaction only, in the round trip that begins it.</summary>
    internal static async Task SetLocalAsync(NpgsqlConnection connection, ClusterTier tier, bool readOnly, CancellationToken cancellationToken)
    {
        var guards = For(tier, readOnly).ToList();
        if (guards.Count == 0)
        {
            return;
        }

        using var command = new NpgsqlCommand(SetLocalSql, connection);
        command.Parameters.Add(new() { Value = guards.ConvertAll(guard => LocalName(guard.Key)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = guards.ConvertAll(guard => guard.Value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    // The default only counts for later transactions; inside one it is the transaction's own property.
    private static string LocalName(string setting) => setting == "default_transaction_read_only" ? "transaction_read_only" : setting;

    private static string? Milliseconds(TimeSpan? limit) =>
        limit is { } given ? ((long)Math.Ceiling(given.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture) : null;
}
