using PgScale.Ddl;

namespace PgScale.Tests.Ddl;

/// <summary>Plans and runs that no server has seen.</summary>
internal static class Paper
{
    internal static DdlPlan Plan(DdlStepKind kind = DdlStepKind.Transaction) => new()
    {
        Statement = "ALTER TABLE t ADD CHECK (a > 0)",
        Verdict = DdlVerdict.Planned,
        Reason = "It reads the table.",
        Command = "ALTER TABLE",
        Findings = [new DdlFinding(DdlRules.All[4], "It reads t.", "t") { Override = new DdlOverride("PGS005", "small", "me") }],
        Locks = [new DdlLock("t", DdlLockMode.AccessExclusive)],
        Scans = ["t"],
        CheckedByServer = true,
        Steps =
        [
            new DdlStep
            {
                Kind = kind,
                Statements = ["ALTER TABLE t ADD CHECK (a > 0) NOT VALID"],
                Why = "The lock is short.",
                Locks = [new DdlLock("t", DdlLockMode.AccessExclusive)],
                Backfill = new DdlBackfill("t", ["id"], "a = 1", "a IS NULL"),
                Index = new DdlIndexBuild("t", "i"),
                DoneWhen = "SELECT true",
                Pause = TimeSpan.FromHours(1.5),
            },
        ],
    };

    internal static DdlRun Run(DdlOutcome outcome, DdlStepKind kind, DdlOutcome step) => new()
    {
        Id = Guid.NewGuid(),
        Plan = Plan(kind),
        Outcome = outcome,
        Steps = [new DdlStepRecord { Step = 0, Sql = "", Outcome = step }],
    };
}
