namespace PgScale.Ddl.Execution;

/// <summary>Tells from <c>pg_stat_activity</c> what kind of session it is.</summary>
internal static class BlockerKinds
{
    private static readonly string[] Backups = ["pg_dump", "pg_basebackup", "pg_restore", "pg_receivewal", "pgbackrest", "barman", "wal-g", "wal_g"];

    internal static DdlBlockerKind Of(string backend, string application, string query) => backend switch
    {
        "autovacuum worker" => query.Contains("(to prevent wraparound)", StringComparison.Ordinal) ? DdlBlockerKind.WraparoundVacuum : DdlBlockerKind.Autovacuum,
        "walsender" => DdlBlockerKind.Replication,
        _ when backend.StartsWith("logical replication", StringComparison.Ordinal) => DdlBlockerKind.Replication,
        "client backend" or "" => IsBackup(application) ? DdlBlockerKind.Backup : DdlBlockerKind.Session,
        "parallel worker" => DdlBlockerKind.Session,
        _ => DdlBlockerKind.Server,
    };

    private static bool IsBackup(string application) =>
        Array.Exists(Backups, name => application.StartsWith(name, StringComparison.OrdinalIgnoreCase));
}
