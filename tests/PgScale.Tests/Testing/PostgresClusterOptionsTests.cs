using PgScale.Testing;
using PgScale.Testing.Postgres;

namespace PgScale.Tests.Testing;

public sealed class PostgresClusterOptionsTests
{
    [Test]
    public void A_negative_number_of_replicas_is_refused() => Refused(new() { Replicas = -1 }, "Replicas is '-1'");

    [Test]
    public void A_version_without_wal_keep_size_is_refused() => Refused(new() { MajorVersion = 12 }, "MajorVersion is '12'");

    [Test]
    public void No_time_to_start_is_refused() => Refused(new() { StartTimeout = TimeSpan.Zero }, "StartTimeout is '00:00:00'");

    [TestCase("")]
    [TestCase("a\"b")]
    [TestCase("a\nb")]
    public void A_database_name_that_needs_care_is_refused(string name) => Refused(new() { Database = name }, $"Database is '{name}'");

    [Test]
    public void The_defaults_are_fine() => Assert.That(() => new PostgresClusterOptions().Validate(), Throws.Nothing);

    [Test]
    public void A_PgBouncer_without_connections_is_refused() =>
        Assert.That(() => new PgBouncerOptions { PoolSize = 0 }.Validate(), Throws.ArgumentException.With.Message.Contains("PoolSize is 0; use 1 or more"));

    [Test]
    public void An_external_cluster_is_read_from_connection_strings()
    {
        IReadOnlyList<PostgresServer> servers = ExternalCluster.Read("Host=a;Port=1;Database=d", " Host=b;Port=2 | Host=c;Port=3 ", TimeSpan.FromSeconds(1));

        Assert.That(servers.Select(server => server.ToString()), Is.EqualTo(["primary (a:1)", "replica1 (b:2)", "replica2 (c:3)"]));
        Assert.That(servers[2].Upstream, Is.SameAs(servers[0]));
    }

    [Test]
    public void A_connection_string_that_cannot_be_read_is_not_repeated_because_of_its_password() =>
        Assert.That(
            () => ExternalCluster.Read("Host=a;Password=secret", "Hoost=b;Password=secret", TimeSpan.FromSeconds(1)),
            Throws.InvalidOperationException.With.Message.Contains("PGSCALE_TEST_REPLICAS").And.Message.Contains("replica1").And.Message.Not.Contains("secret"));

    private static void Refused(PostgresClusterOptions options, string message) =>
        Assert.That(options.Validate, Throws.ArgumentException.With.Message.Contains("PostgresClusterOptions." + message));
}
