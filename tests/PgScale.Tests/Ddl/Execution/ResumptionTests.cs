using PgScale.Ddl;
using PgScale.Ddl.Execution;

namespace PgScale.Tests.Ddl.Execution;

public sealed class ResumptionTests
{
    [TestCase(DdlOutcome.Failed, DdlStepKind.Transaction, DdlOutcome.Failed, ExpectedResult = false)]
    [TestCase(DdlOutcome.Running, DdlStepKind.Transaction, DdlOutcome.Running, ExpectedResult = false)]
    [TestCase(DdlOutcome.Running, DdlStepKind.Transaction, DdlOutcome.Succeeded, ExpectedResult = true)]
    [TestCase(DdlOutcome.Failed, DdlStepKind.Transaction, DdlOutcome.Succeeded, ExpectedResult = true)]
    [TestCase(DdlOutcome.Paused, DdlStepKind.Transaction, DdlOutcome.Skipped, ExpectedResult = true)]
    [TestCase(DdlOutcome.Running, DdlStepKind.OutsideTransaction, DdlOutcome.Running, ExpectedResult = true)]
    [TestCase(DdlOutcome.Failed, DdlStepKind.OutsideTransaction, DdlOutcome.Failed, ExpectedResult = false)]
    [TestCase(DdlOutcome.Succeeded, DdlStepKind.Transaction, DdlOutcome.Succeeded, ExpectedResult = false)]
    [TestCase(DdlOutcome.Abandoned, DdlStepKind.Transaction, DdlOutcome.Succeeded, ExpectedResult = false)]
    public bool A_run_is_gone_on_with_when_something_of_it_is_or_may_be_done(DdlOutcome run, DdlStepKind kind, DdlOutcome step) =>
        Resumption.IsDue(Paper.Run(run, kind, step));

    [Test]
    public void No_run_is_nothing_to_go_on_with() => Assert.That(Resumption.IsDue(null), Is.False);
}
