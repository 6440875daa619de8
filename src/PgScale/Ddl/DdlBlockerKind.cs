namespace PgScale.Ddl;

/// <summary>What kind of session stands in the way of a lock.</summary>
public enum DdlBlockerKind
{
    /// <summary>A client.</summary>
    Session,

    /// <summary>A plain autovacuum: it is asked to give way after <see cref="DdlBlockerPolicy.AutovacuumAfter"/>.</summary>
    Autovacuum,

    /// <summary>A vacuum that prevents wraparound: it is never touched.</summary>
    WraparoundVacuum,

    /// <summary>A WAL sender or a worker of logical replication: it is never touched.</summary>
    Replication,

    /// <summary>A backup such as <c>pg_dump</c>, told by its application name: it is never touched.</summary>
    Backup,

    /// <summary>A prepared transaction, which has no session: <c>COMMIT PREPARED</c> or <c>ROLLBACK PREPARED</c> ends it.</summary>
    PreparedTransaction,

    /// <summary>Any other process of the server: it is never touched.</summary>
    Server,
}
