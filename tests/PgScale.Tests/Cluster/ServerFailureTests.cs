using System.Net.Sockets;
using Npgsql;
using PgScale.Cluster;

namespace PgScale.Tests.Cluster;

public sealed class ServerFailureTests
{
    [Test]
    public void Connection_that_broke_while_a_command_started_on_it_concerns_the_server() =>
        Assert.That(ServerFailure.Concerns(new ObjectDisposedException("System.Threading.ManualResetEventSlim")), Is.True);

    [TestCase("25006", true)]
    [TestCase("57P01", true)]
    [TestCase("57P02", true)]
    [TestCase("57P03", true)]
    [TestCase("08006", true)]
    [TestCase("57014", false)]
    [TestCase("23505", false)]
    [TestCase("40001", false)]
    [TestCase("53300", false)]
    public void Code_tells_whether_the_server_is_concerned(string code, bool expected) =>
        Assert.That(ServerFailure.Concerns(new PostgresException("text", "ERROR", "ERROR", code)), Is.EqualTo(expected));

    private static IEnumerable<TestCaseData> Failures()
    {
        yield return new TestCaseData(new NpgsqlException("x", new SocketException(111)), true).SetArgDisplayNames("refused");
        yield return new TestCaseData(new NpgsqlException("x", new IOException()), true).SetArgDisplayNames("broken");
        yield return new TestCaseData(new NpgsqlException("x", new TimeoutException()), true).SetArgDisplayNames("timed out");
        yield return new TestCaseData(new SocketException(111), true).SetArgDisplayNames("socket");
        yield return new TestCaseData(new InvalidOperationException("x", new NpgsqlException("y", new IOException())), true).SetArgDisplayNames("wrapped by an object mapper");
        yield return new TestCaseData(new InvalidOperationException(), false).SetArgDisplayNames("a bug");
        yield return new TestCaseData(new OperationCanceledException(), false).SetArgDisplayNames("cancelled");
    }

    [TestCaseSource(nameof(Failures))]
    public void Kind_tells_whether_the_server_is_concerned(Exception failure, bool expected) =>
        Assert.That(ServerFailure.Concerns(failure), Is.EqualTo(expected));
}
