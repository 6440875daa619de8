using Npgsql;

namespace PgScale.Testing.Postgres;

/// <summary>Copies the data directory of a running primary (manual, "Making a Base Backup Using the Low Level API").</summary>
internal static class LiveBackup
{
    private const string Start = "SELECT pg_backup_start('pgscale', true)::text";
    private const string Stop = "SELECT labelfile FROM pg_backup_stop(false)";
    private const string StartBefore15 = "SELECT pg_start_backup('pgscale', true, false)::text";
    private const string StopBefore15 = "SELECT labelfile FROM pg_stop_backup(false, false)";

    public static async Task CopyAsync(PostgresServer primary, int majorVersion, string target, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await primary.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await Query.ScalarAsync<string>(connection, majorVersion >= 15 ? Start : StartBefore15, cancellationToken).ConfigureAwait(false);
            await DataDirectory.CopyLiveAsync(primary.DataDirectory, target, cancellationToken).ConfigureAwait(false);
            var label = await Query.ScalarAsync<string>(connection, majorVersion >= 15 ? Stop : StopBefore15, cancellationToken).ConfigureAwait(false);
            await Processes.TestFolder.WriteAsync(Path.Combine(target, "backup_label"), label!, cancellationToken).ConfigureAwait(false);
        }
    }
}
