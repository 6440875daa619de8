using PgScale.Testing;

namespace PgScale.IntegrationTests.Testing;

/// <summary>Skips tests whose servers are not on this machine; fails them where CI is set.</summary>
internal static class Needs
{
    public static async Task ServersAsync(TestServerKinds kinds, int? majorVersion = null)
    {
        if (await TestServers.ReasonToSkipAsync(kinds, majorVersion) is { } reason)
        {
            Assert.Ignore(reason);
        }
    }
}
