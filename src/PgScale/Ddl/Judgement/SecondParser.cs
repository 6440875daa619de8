using Npgsql;
using PgScale.Ddl.Server;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Judgement;

/// <summary>Compares the recogniser's reading of a statement with the server's.</summary>
internal static class SecondParser
{
    /// <summary>Where the two differ, or null.</summary>
    public static async Task<string?> DisagreementAsync(string sql, DdlStatement statement, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await DifferentSettingsAsync(sql, connection, cancellationToken).ConfigureAwait(false) is { } setting)
        {
            return setting;
        }

        ServerReading reading = await new ServerParser(connection).ReadAsync(sql, cancellationToken).ConfigureAwait(false);
        return reading.Rejection is { } rejection ? $"The server rejects the statement: {rejection}."
            : reading.Tree is { } tree ? TreeComparison.Difference(statement, tree)
            : null;
    }

    private static async Task<string?> DifferentSettingsAsync(string sql, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        CatalogReader catalog = new(connection, cancellationToken);
        var strings = await catalog.ScalarAsync<string>("SELECT pg_catalog.current_setting('standard_conforming_strings')").ConfigureAwait(false);
        if (strings != "on")
        {
            return "The server's standard_conforming_strings is off, so backslashes mean something else there; set it on.";
        }

        // In other encodings than UTF-8 the server may fold letters beyond ASCII and cuts long names elsewhere.
        var encoding = await catalog.ScalarAsync<string>("SELECT pg_catalog.current_setting('server_encoding')").ConfigureAwait(false);
        return encoding == "UTF8" || sql.All(char.IsAscii) ? null : $"The database's encoding is {encoding}; only ASCII is known there.";
    }
}
