namespace PgScale.Testing;

/// <summary>How PgBouncer stands in front of a server. It always runs in transaction mode unless <see cref="Settings"/> say otherwise.</summary>
public sealed class PgBouncerOptions
{
    /// <summary>Server connections per user and database (<c>default_pool_size</c>). 1 or more; default 20.</summary>
    public int PoolSize { get; set; } = 20;

    /// <summary>Client connections (<c>max_client_conn</c>). 1 or more; default 1000.</summary>
    public int MaxClients { get; set; } = 1000;

    /// <summary>
    /// Start-up parameters that are dropped instead of refused (<c>ignore_startup_parameters</c>). Default none, so that tests see
    /// what a strict PgBouncer refuses.
    /// </summary>
    public IList<string> IgnoreStartupParameters { get; } = [];

    /// <summary>More lines for the <c>[pgbouncer]</c> section; they win over the ones above. Default none.</summary>
    public IDictionary<string, string> Settings { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    internal void Validate()
    {
        Refuse(PoolSize, nameof(PoolSize));
        Refuse(MaxClients, nameof(MaxClients));
    }

    private static void Refuse(int value, string option)
    {
        if (value < 1)
        {
            throw new ArgumentException($"PgBouncerOptions.{option} is {value}; use 1 or more.", option);
        }
    }
}
