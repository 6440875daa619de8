using PgScale.Testing.Postgres;

namespace PgScale.Tests.Testing;

public sealed class PostgresVersionTests
{
    [TestCase("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "15.18")]
    [TestCase("postgres (PostgreSQL) 18.4", "18.4")]
    [TestCase("postgres (PostgreSQL) 18beta1", "18beta1")]
    public void The_version_is_read_from_what_the_server_prints(string output, string version) =>
        Assert.That(PostgresVersion.Parse(output), Is.EqualTo(version));

    [Test]
    public void Something_else_has_no_version() => Assert.That(PostgresVersion.Parse("sh: postgres: not found"), Is.Null);

    [TestCase("15.18", 15)]
    [TestCase("18beta1", 18)]
    public void The_major_version_is_the_first_number(string version, int major) => Assert.That(PostgresVersion.Major(version), Is.EqualTo(major));

    [Test]
    public void Versions_are_ordered_by_number_and_not_by_letter() =>
        Assert.That(PostgresVersion.Order("15.10"), Is.GreaterThan(PostgresVersion.Order("15.9")));
}
