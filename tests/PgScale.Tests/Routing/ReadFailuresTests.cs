using System.Net.Sockets;
using Npgsql;
using PgScale.Routing;

namespace PgScale.Tests.Routing;

internal sealed class ReadFailuresTests
{
    private static readonly TestCaseData[] Failures =
    [
        new(Error("57P01", "terminating connection due to administrator command", "ProcessInterrupts"), ReadFailure.Node),
        new(Error("57P02"), ReadFailure.Node),
        new(Error("57P03"), ReadFailure.Node),
        new(Error("25006"), ReadFailure.Statement),
        new(Error("08006"), ReadFailure.Node),
        new(new NpgsqlException("Exception while reading from stream", new IOException()), ReadFailure.Node),
        new(new NpgsqlException("Failed to connect", new SocketException()), ReadFailure.Node),
        new(new NodeLostException("r1"), ReadFailure.Node),
        new(Error("40001", "canceling statement due to conflict with recovery"), ReadFailure.RecoveryConflict),
        new(Error("40P01"), ReadFailure.RecoveryConflict),
        new(Error("57P04"), ReadFailure.RecoveryConflict),
        new(Error("57P01", "terminating connection due to conflict with recovery", "ProcessInterrupts"), ReadFailure.RecoveryConflict),
        new(Error("57014", "canceling statement due to conflict with recovery", "ProcessInterrupts"), ReadFailure.RecoveryConflict),
        new(Error("57014", "canceling statement due to statement timeout", "ProcessInterrupts"), ReadFailure.Statement),
        new(Error("0A000", "cached plan must not change result type", "RevalidateCachedQuery"), ReadFailure.CachedPlan),
        new(Error("0A000", "something is not supported", "transformX"), ReadFailure.Statement),
        new(Error("42703"), ReadFailure.Statement),
        new(new NpgsqlException("Exception while reading from stream", new TimeoutException()), ReadFailure.Statement),
        new(new InvalidOperationException(), ReadFailure.Statement),
        new(new FileNotFoundException(), ReadFailure.Statement),
        new(new OperationCanceledException(), ReadFailure.Statement),
    ];

    [TestCaseSource(nameof(Failures))]
    public void Failure_is_sorted(Exception failure, object expected) => Assert.That(ReadFailures.Classify(failure), Is.EqualTo(expected));

    private static PostgresException Error(string state, string message = "", string? routine = null) =>
        new(message, "ERROR", "ERROR", state, routine: routine);
}
