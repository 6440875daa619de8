namespace PgScale.Testing.Processes;

/// <summary>The environment of started programs: messages in English, and none of the caller's PGDATA, PGPORT or PGOPTIONS.</summary>
internal static class ServerEnvironment
{
    public static void Apply(IDictionary<string, string?> environment)
    {
        foreach (var name in environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToArray())
        {
            environment.Remove(name);
        }

        environment["LC_ALL"] = "C";
        environment["TZ"] = "UTC";
    }
}
