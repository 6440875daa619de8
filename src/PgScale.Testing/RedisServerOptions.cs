namespace PgScale.Testing;

/// <summary>How a test's Redis is set up.</summary>
public sealed class RedisServerOptions
{
    /// <summary>The memory limit in bytes (<c>maxmemory</c>). 0 (default) is no limit.</summary>
    public long MaxMemory { get; set; }

    /// <summary>Whether data survives a restart (<c>appendonly</c>, synced every second). Default false: a restart begins empty.</summary>
    public bool Persistent { get; set; }

    /// <summary>More settings, by their names in <c>redis.conf</c>; they win over the ones above. Default none.</summary>
    public IDictionary<string, string> Settings { get; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
