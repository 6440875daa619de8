using PgScale.Testing;

namespace PgScale.IntegrationTests.Testing;

/// <summary>The whole life of a cluster on versions that not every machine has; their absence fails nothing, also on CI.</summary>
public sealed class PostgresVersionTests
{
    [TestCase(13)]
    [TestCase(14)]
    [TestCase(15)]
    [TestCase(16)]
    [TestCase(17)]
    [TestCase(18)]
    public async Task A_cluster_grows_loses_its_primary_and_gets_it_back_on_version(int majorVersion)
    {
        await RequireAsync(majorVersion);
        await using PostgresCluster cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions { MajorVersion = majorVersion, Replicas = 1 });
        PostgresServer oldPrimary = cluster.Primary;
        PostgresServer chosen = cluster["replica1"];
        await oldPrimary.ExecuteAsync("CREATE TABLE numbers AS SELECT 1 AS value");
        PostgresServer cascaded = await cluster.AddReplicaAsync(upstream: chosen);
        await cascaded.PauseReplayAsync();
        await cascaded.CutWalReceiverAsync();
        await cascaded.ResumeReplayAsync();
        await cascaded.RestoreWalReceiverAsync();

        await oldPrimary.KillAsync();
        await cluster.PromoteAsync(chosen);
        await chosen.ExecuteAsync("INSERT INTO numbers VALUES (2)");
        await cluster.RejoinAsync(oldPrimary);
        await cluster.WaitForReplicasAsync();

        Assert.That(cluster.MajorVersion, Is.EqualTo(majorVersion));
        Assert.That(await oldPrimary.ScalarAsync<long>("SELECT sum(value) FROM numbers"), Is.EqualTo(3));
        Assert.That(await cascaded.ScalarAsync<long>("SELECT sum(value) FROM numbers"), Is.EqualTo(3));
    }

    private static async Task RequireAsync(int majorVersion)
    {
        try
        {
            await PostgresInstallation.FindAsync(majorVersion);
        }
        catch (PostgresNotFoundException missing)
        {
            Assert.Ignore(missing.Message);
        }
    }
}
