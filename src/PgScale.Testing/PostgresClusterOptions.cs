namespace PgScale.Testing;

/// <summary>What a test cluster looks like. The defaults give a primary with two streaming replicas.</summary>
public sealed class PostgresClusterOptions
{
    /// <summary>How many streaming replicas start with the primary. 0 or more; default 2.</summary>
    public int Replicas { get; set; } = 2;

    /// <summary>The only major version that will do, 13 or later; null (default) takes what is found first.</summary>
    public int? MajorVersion { get; set; }

    /// <summary>The folder that holds <c>postgres</c> and <c>initdb</c>; null (default) searches, see <see cref="PostgresInstallation"/>.</summary>
    public string? BinDirectory { get; set; }

    /// <summary>
    /// Whether the servers survive a crash of the machine (<c>fsync</c>, <c>full_page_writes</c>). Default false, which is much
    /// faster; a kill of the servers loses nothing either way. Set it for benchmarks.
    /// </summary>
    public bool Durable { get; set; }

    /// <summary>The database that is created and that connection strings name. Default <c>app</c>.</summary>
    public string Database { get; set; } = "app";

    /// <summary>Settings for <c>postgresql.conf</c> on all servers; they win over the cluster's own. Default none.</summary>
    public IDictionary<string, string> Settings { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The longest wait for one server to start, stop or catch up. Default 30 seconds.</summary>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The folder in which the cluster's own folder is made. Null (default) takes <c>PGSCALE_TEST_DIRECTORY</c>, else memory
    /// (<c>/dev/shm</c>) if 4 GiB are free there and the cluster is not <see cref="Durable"/>, else the temporary folder.
    /// </summary>
    public string? Directory { get; set; }

    internal void Validate()
    {
        Refuse(Replicas < 0, nameof(Replicas), Replicas, "use 0 or more");
        Refuse(MajorVersion < 13, nameof(MajorVersion), MajorVersion, "use 13 or later");
        Refuse(StartTimeout <= TimeSpan.Zero, nameof(StartTimeout), StartTimeout, "use a positive time, such as 00:00:30");
        Refuse(string.IsNullOrWhiteSpace(Database) || Database.AsSpan().ContainsAny("\"\r\n"), nameof(Database), Database, "use a plain name, such as app");
    }

    private static void Refuse(bool wrong, string option, object? value, string remedy)
    {
        if (wrong)
        {
            throw new ArgumentException($"PostgresClusterOptions.{option} is '{value}'; {remedy}.", option);
        }
    }
}
