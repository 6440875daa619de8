using PgScale.Testing.Postgres;

namespace PgScale.Testing;

/// <summary>Tells a test suite whether it can run here.</summary>
public static class TestServers
{
    /// <summary>
    /// The sentence to skip a test with, or null when all it needs is here. Where the variable <c>CI</c> is set nothing is
    /// skipped in silence: there a missing server is an exception.
    /// </summary>
    /// <param name="needed">What the test needs.</param>
    /// <param name="majorVersion">The only major version of PostgreSQL that will do, or null for any.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <exception cref="TestServerNotFoundException">A server is missing and <c>CI</c> is set.</exception>
    public static async Task<string?> ReasonToSkipAsync(
        TestServerKinds needed, int? majorVersion = null, CancellationToken cancellationToken = default)
    {
        try
        {
            await FindAsync(needed, majorVersion, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (TestServerNotFoundException missing) when (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")))
        {
            return missing.Message;
        }
    }

    private static async Task FindAsync(TestServerKinds needed, int? majorVersion, CancellationToken cancellationToken)
    {
        var isExternal = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(ExternalCluster.PrimaryVariable));
        if (needed.HasFlag(TestServerKinds.Postgres) && !isExternal)
        {
            await PostgresInstallation.FindAsync(majorVersion, cancellationToken).ConfigureAwait(false);
        }

        if (needed.HasFlag(TestServerKinds.PgBouncer))
        {
            PgBouncerServer.FindProgram();
        }

        if (needed.HasFlag(TestServerKinds.Redis))
        {
            RedisServer.FindProgram();
        }
    }
}
