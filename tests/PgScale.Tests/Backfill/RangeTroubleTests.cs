using Npgsql;
using PgScale.Backfill.Running;

namespace PgScale.Tests.Backfill;

public sealed class RangeTroubleTests
{
    private static readonly PostgresException Locked = new("canceling statement due to lock timeout", "ERROR", "ERROR", PostgresErrorCodes.LockNotAvailable);
    private static readonly PostgresException Broken = new("division by zero", "ERROR", "ERROR", PostgresErrorCodes.DivisionByZero);

    [Test]
    public void Batch_that_fails_is_halved_until_one_row_is_left_and_grows_back()
    {
        var trouble = new RangeTrouble(3, runsCode: false);
        var sizes = new List<int>();
        for (var rows = 1_000; trouble.Failed(rows, Broken) == TroubleStep.Retry; rows = trouble.Rows)
        {
            sizes.Add(trouble.Rows);
        }

        Assert.That(sizes, Is.EqualTo(new[] { 500, 250, 125, 62, 31, 15, 7, 3, 1 }));
        trouble.Passed(8);
        Assert.That((trouble.IsCautious, trouble.Rows), Is.EqualTo((true, 2)));
        trouble.Passed(8);
        trouble.Passed(8);
        Assert.That(trouble.IsCautious, Is.False);
    }

    [Test]
    public void Row_with_an_error_is_written_down_at_once() =>
        Assert.That(new RangeTrouble(3, runsCode: false).Failed(1, Broken), Is.EqualTo(TroubleStep.WriteDown));

    [Test]
    public void Row_that_is_locked_is_tried_again_and_then_set_aside()
    {
        var trouble = new RangeTrouble(3, runsCode: false);
        Assert.That(Enumerable.Range(0, 3).Select(_ => trouble.Failed(1, Locked)), Is.EqualTo(new[] { TroubleStep.Retry, TroubleStep.Retry, TroubleStep.SetAsideForLater }));
    }

    [TestCase("40P01", "Contention")]
    [TestCase("40001", "Contention")]
    [TestCase("57014", "Contention")]
    [TestCase("23505", "Row")]
    [TestCase("P0001", "Row")]
    [TestCase("42703", "Fatal")]
    [TestCase("53100", "Fatal")]
    [TestCase("57P01", "Server")]
    [TestCase("25006", "Server")]
    public void Failures_are_told_apart(string state, string meaning) =>
        Assert.That(BatchFailures.Classify(new PostgresException("…", "ERROR", "ERROR", state), checkpoint: null).ToString(), Is.EqualTo(meaning));

    [Test]
    public void Exception_of_a_definitions_own_code_is_one_of_a_row() =>
        Assert.That(
            (new RangeTrouble(3, runsCode: true).Concerns(new FormatException(), CancellationToken.None), new RangeTrouble(3, runsCode: false).Concerns(new FormatException(), CancellationToken.None)),
            Is.EqualTo((true, false)));
}
