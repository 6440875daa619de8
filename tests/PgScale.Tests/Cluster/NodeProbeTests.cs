using Npgsql;
using PgScale.Cluster;

namespace PgScale.Tests.Cluster;

public sealed class NodeProbeTests
{
    [Test]
    public async Task Data_source_that_could_not_be_made_is_a_fault_of_one_probe_and_made_by_the_next()
    {
        var attempts = 0;
        var settings = new ClusterSettings(new() { ConfigureDataSource = (_, _) => _ = ++attempts == 1 ? throw new IOException("the certificate is being renewed") : 0 }, []);
        var node = new ClusterNode(new() { Name = "a", ConnectionString = "Host=127.0.0.1;Port=1;Timeout=2" });
        await using var probe = new NodeProbe(node, settings);

        await Assert.ThatAsync(() => probe.AskAsync(default), Throws.TypeOf<IOException>());
        await Assert.ThatAsync(() => probe.AskAsync(default), Throws.InstanceOf<NpgsqlException>());
    }

    [Test]
    public async Task Probe_that_asked_nothing_can_be_disposed()
    {
        var probe = new NodeProbe(new(new() { Name = "a", ConnectionString = "Host=127.0.0.1;Port=1" }), new(new(), []));

        await probe.DisposeAsync();
    }
}
