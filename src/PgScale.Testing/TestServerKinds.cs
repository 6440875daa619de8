namespace PgScale.Testing;

/// <summary>Servers that a test needs.</summary>
[Flags]
public enum TestServerKinds
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>PostgreSQL, for <see cref="PostgresCluster"/>.</summary>
    Postgres = 1,

    /// <summary>PgBouncer, for <see cref="PgBouncerServer"/>.</summary>
    PgBouncer = 2,

    /// <summary>Redis, for <see cref="RedisServer"/>.</summary>
    Redis = 4,
}
