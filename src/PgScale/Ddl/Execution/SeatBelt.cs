using Npgsql;

namespace PgScale.Ddl.Execution;

/// <summary>
/// Compares, before COMMIT, what a step has done with what its plan had announced. It does not trust the judge: it asks the server
/// which locks the transaction holds, which relations got new files, and which were read in whole.
/// </summary>
internal sealed class SeatBelt(DdlSession session, long smallTable)
{
    private const uint FirstUserOid = 16384; // FirstNormalObjectId

    private const string Announced = """
        SELECT wish.kind, c.oid, wish.mode FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3)) AS wish(kind, name, mode)
        JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(wish.name)
        """;

    // Counts of a session's earlier transactions may still be among its pending ones.
    private const string Scans = """
        SELECT c.oid, pg_catalog.pg_stat_get_xact_numscans(c.oid) FROM pg_catalog.pg_class c
        WHERE c.relkind IN ('r', 'm', 't') AND c.oid >= $1 AND pg_catalog.pg_stat_get_xact_numscans(c.oid) > 0
        """;

    private const string Done = """
        SELECT c.oid, coalesce(i.indrelid, t.oid, c.oid), c.relkind::text, c.relfilenode, held.mode,
               CASE WHEN c.relkind IN ('r', 'm', 't') THEN pg_catalog.pg_stat_get_xact_numscans(c.oid) ELSE 0 END,
               CASE WHEN c.relkind IN ('r', 'm', 't') THEN pg_catalog.pg_relation_size(c.oid) ELSE 0 END,
               pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
        FROM pg_catalog.pg_locks held
        JOIN pg_catalog.pg_class c ON c.oid = held.relation
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
        LEFT JOIN pg_catalog.pg_class t ON t.reltoastrelid = c.oid
        WHERE held.pid = pg_catalog.pg_backend_pid() AND held.locktype = 'relation' AND held.granted AND c.oid >= $1
          AND held.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
        """;

    private const string Before = "SELECT oid, relfilenode FROM pg_catalog.pg_class WHERE oid = ANY ($1)";

    private readonly Dictionary<uint, DdlLockMode> _locks = [];
    private readonly HashSet<uint> _rewrites = [];
    private readonly HashSet<uint> _scans = [];
    private Dictionary<uint, long> _pending = [];

    /// <summary>Looks up what is announced, before the step has changed any name. Inside the transaction, before its locks.</summary>
    internal async Task FastenAsync(DdlStep step, CancellationToken cancellationToken)
    {
        var wishes = step.Locks.Select(one => (Kind: "lock", one.Relation, Mode: one.ServerMode))
            .Concat(step.Rewrites.Select(one => (Kind: "rewrite", Relation: one, Mode: "")))
            .Concat(step.Scans.Select(one => (Kind: "scan", Relation: one, Mode: "")))
            .ToList();
        if (wishes.Count > 0)
        {
            var found = await Sql.ReadAsync(
                session.Pinned,
                Announced,
                row => (Kind: row.GetString(0), Oid: row.GetFieldValue<uint>(1), Mode: row.GetString(2)),
                cancellationToken,
                Sql.Texts(wishes.Select(wish => wish.Kind)),
                Sql.Texts(wishes.Select(wish => wish.Relation)),
                Sql.Texts(wishes.Select(wish => wish.Mode))).ConfigureAwait(false);
            found.ForEach(one => Announce(one.Kind, one.Oid, one.Mode));
        }

        var pending = await Sql.ReadAsync(
            session.Pinned, Scans, row => (row.GetFieldValue<uint>(0), row.GetInt64(1)), cancellationToken, Sql.Oid(FirstUserOid)).ConfigureAwait(false);
        _pending = pending.ToDictionary(one => one.Item1, one => one.Item2);
    }

    /// <summary>Throws, which rolls the step back, when it has done what was not announced. Inside the transaction, after the step's statements.</summary>
    /// <exception cref="DdlException">It has.</exception>
    internal async Task RequireNoSurpriseAsync(CancellationToken cancellationToken)
    {
        if (await FindSurpriseAsync(cancellationToken).ConfigureAwait(false) is { } surprise)
        {
            throw new DdlException(
                DdlFailure.Unannounced,
                $"The step was rolled back: {surprise}, which its plan had not announced. Nothing of it remains. If the plan came from AnalyzeAsync, report it as a defect of PgScale.");
        }
    }

    /// <summary>Finds what was not announced; null when there is nothing.</summary>
    internal async Task<string?> FindSurpriseAsync(CancellationToken cancellationToken)
    {
        var touched = await Sql.ReadAsync(session.Pinned, Done, Read, cancellationToken, Sql.Oid(FirstUserOid)).ConfigureAwait(false);
        var observer = await session.ObserverAsync(cancellationToken).ConfigureAwait(false); // sees the catalogs as they are for others
        var files = await Sql.ReadAsync(
            observer, Before, row => (row.GetFieldValue<uint>(0), row.GetFieldValue<uint>(1)), cancellationToken, Sql.Oids(touched.Select(one => one.Oid).Distinct())).ConfigureAwait(false);
        var before = files.ToDictionary(one => one.Item1, one => one.Item2);
        return touched.Where(one => before.ContainsKey(one.Oid)).Select(one => SurpriseOf(one, before[one.Oid])).FirstOrDefault(surprise => surprise is not null);
    }

    private string? SurpriseOf(Touched one, uint fileBefore)
    {
        if (fileBefore != one.File && !_rewrites.Contains(one.Oid) && !_rewrites.Contains(one.Table))
        {
            return $"it wrote {one.Name} anew";
        }

        if (!LockConflicts.StopsWrites(one.Mode) || one.Kind is "S" or "c")
        {
            return null;
        }

        var scans = one.Scans - _pending.GetValueOrDefault(one.Oid);
        if (scans > 0 && one.Bytes > smallTable && !_scans.Contains(one.Oid) && !_scans.Contains(one.Table))
        {
            return $"it read all of {one.Name} while it held {one.Mode}Lock on it";
        }

        return Allowed(one) >= one.Mode ? null : $"it took {one.Mode}Lock on {one.Name}";
    }

    // The lock of a table covers those of its indexes and of its TOAST table.
    private DdlLockMode Allowed(Touched one) =>
        (DdlLockMode)Math.Max((int)_locks.GetValueOrDefault(one.Oid), (int)_locks.GetValueOrDefault(one.Table));

    private void Announce(string kind, uint oid, string mode)
    {
        switch (kind)
        {
            case "lock":
                var known = _locks.GetValueOrDefault(oid);
                var more = LockConflicts.Parse(mode)!.Value;
                _locks[oid] = more > known ? more : known;
                break;
            case "rewrite":
                _rewrites.Add(oid);
                break;
            default:
                _scans.Add(oid);
                break;
        }
    }

    private static Touched Read(NpgsqlDataReader row) => new(
        row.GetFieldValue<uint>(0),
        row.GetFieldValue<uint>(1),
        row.GetString(2),
        row.GetFieldValue<uint>(3),
        LockConflicts.Parse(row.GetString(4)) ?? DdlLockMode.AccessShare,
        row.GetInt64(5),
        row.GetInt64(6),
        row.GetString(7));

    private sealed record Touched(uint Oid, uint Table, string Kind, uint File, DdlLockMode Mode, long Scans, long Bytes, string Name);
}
