using PgScale.Testing;

namespace PgScale.IntegrationTests.Cluster;

/// <summary>Fixtures with these arguments run on the machine's Postgres and on 16 and 18.</summary>
internal static class EveryVersion
{
    // With PGSCALE_POSTGRES_BIN the whole suite runs on that version, and the others are left to their own runs.
    internal static IEnumerable<TestFixtureData> All() =>
        string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PGSCALE_POSTGRES_BIN"))
            ? [new((int?)null), new((int?)16), new((int?)18)]
            : [new((int?)null)];

    /// <summary>The machine's version alone; the others have their turn with <c>./build.sh test --postgres N</c>.</summary>
    internal static IEnumerable<TestFixtureData> Usual() => [new((int?)null)];

    internal static async Task<PostgresCluster> StartAsync(int? version, int replicas = 2)
    {
        if (await TestServers.ReasonToSkipAsync(TestServerKinds.Postgres, version) is { } reason)
        {
            Assert.Ignore(reason);
        }

        return await PostgresCluster.StartAsync(new() { MajorVersion = version, Replicas = replicas });
    }
}
