using PgScale.Testing.Processes;

namespace PgScale.Testing.Postgres;

/// <summary>Copies data directories, which is how replicas are made: npm's builds have no pg_basebackup, and a copy is as fast.</summary>
internal static class DataDirectory
{
    // As in the manual, "Backing Up the Data Directory": recreated at start, or another server's business.
    private static readonly HashSet<string> EmptiedWhenLive = new(StringComparer.Ordinal)
    {
        "pg_wal", "pg_replslot", "pg_dynshmem", "pg_notify", "pg_serial", "pg_snapshots", "pg_stat_tmp", "pg_subtrans",
    };

    private static readonly HashSet<string> Skipped = new(StringComparer.Ordinal)
    {
        "postmaster.pid", "postmaster.opts", "standby.signal", "recovery.signal", "backup_label", "tablespace_map",
    };

    /// <summary>Copies the directory of a stopped server.</summary>
    public static Task CopyAsync(string source, string target, CancellationToken cancellationToken) =>
        Task.Run(() => Copy(source, target, live: false, cancellationToken), cancellationToken);

    /// <summary>Copies the directory of a running server that is in backup mode; the log that the copy needs comes by streaming.</summary>
    public static Task CopyLiveAsync(string source, string target, CancellationToken cancellationToken) =>
        Task.Run(
            () =>
            {
                Copy(source, target, live: true, cancellationToken);
                // Last, because where recovery ends must not be older than any page that was copied.
                CopyFile(Path.Combine(source, "global", "pg_control"), Path.Combine(target, "global", "pg_control"));
            },
            cancellationToken);

    private static void Copy(string source, string target, bool live, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TestFolder.CreateDirectory(target);
        foreach (var file in Directory.EnumerateFiles(source))
        {
            var name = Path.GetFileName(file);
            if (!Skipped.Contains(name) && !(live && IsTransient(name)))
            {
                CopyFile(file, Path.Combine(target, name));
            }
        }

        foreach (var folder in Directory.EnumerateDirectories(source))
        {
            var name = Path.GetFileName(folder);
            var copy = Path.Combine(target, name);
            if (live && EmptiedWhenLive.Contains(name))
            {
                TestFolder.CreateDirectory(copy);
            }
            else if (!live || !name.StartsWith("pgsql_tmp", StringComparison.Ordinal))
            {
                Copy(folder, copy, live, cancellationToken);
            }
        }
    }

    private static bool IsTransient(string name) =>
        name.Equals("pg_control", StringComparison.Ordinal) || name.StartsWith("pg_internal.init", StringComparison.Ordinal) || name.StartsWith("pgsql_tmp", StringComparison.Ordinal);

    private static void CopyFile(string source, string target)
    {
        try
        {
            File.Copy(source, target, overwrite: true);
            Posix.ChangeOwner(target, ServerUser.Current);
        }
        catch (FileNotFoundException)
        {
            // A table was dropped meanwhile; recovery drops it in the copy too.
        }
    }
}
