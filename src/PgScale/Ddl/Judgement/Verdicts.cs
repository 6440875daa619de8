using PgScale.Ddl.Planning;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Judgement;

/// <summary>Makes a plan of a ruling.</summary>
internal static class Verdicts
{
    public static DdlPlan Refused(Recognition known, DdlPolicy policy, bool fromServer)
    {
        // What was not understood cannot be run whatever the policy says: its locks are not known.
        _ = policy;
        DdlRule rule = known.Rule ?? DdlRules.NotRecognised;
        return new DdlPlan
        {
            Statement = known.Sql,
            Verdict = DdlVerdict.Refused,
            Reason = known.Problem,
            Remedy = rule.SafeWay,
            Findings = [new DdlFinding(rule, known.Problem)],
            CheckedByServer = fromServer,
        };
    }

    public static DdlPlan Of(string sql, DdlStatement statement, Ruling ruling)
    {
        DdlVerdict verdict = ruling.Refusal is not null ? DdlVerdict.Refused : ruling.Plan is not null ? DdlVerdict.Planned : DdlVerdict.Safe;
        return new DdlPlan
        {
            Statement = sql,
            Command = statement.Command,
            Verdict = verdict,
            Reason = Reason(verdict, ruling),
            Remedy = verdict == DdlVerdict.Refused ? ruling.Remedy : null,
            Findings = [.. ruling.Findings],
            Locks = ruling.Locks,
            Rewrites = ruling.Rewrites,
            Scans = ruling.Scans,
            Steps = verdict switch { DdlVerdict.Safe => [AsWritten(sql, statement, ruling)], DdlVerdict.Planned => ruling.Plan!, _ => [] },
            CheckedByServer = ruling.Facts.FromServer,
        };
    }

    private static string Reason(DdlVerdict verdict, Ruling ruling) => verdict switch
    {
        DdlVerdict.Refused => ruling.Refusal!.Message,
        DdlVerdict.Planned => string.Join(" ", ruling.Findings.Where(finding => finding.Override is null).Select(finding => finding.Message).Distinct(StringComparer.Ordinal)),
        _ when ruling.Findings.Count > 0 => "Allowed by an override: " + string.Join(" ", ruling.Findings.Select(finding => $"{finding.Rule.Id}, {finding.Override?.Reason}.")),
        _ when ruling.Rewrites.Count + ruling.Scans.Count > 0 && ruling.Facts.FromServer && ruling.Locks.Any(taken => taken.Mode >= DdlLockMode.Share)
            => "The tables that it reads or writes in whole are small.",
        _ when ruling.Scans.Count > 0 => "It reads the table while reads and writes pass.",
        _ => "It changes the catalog only and holds its locks for milliseconds.",
    };

    private static DdlStep AsWritten(string sql, DdlStatement statement, Ruling ruling)
    {
        DdlStep step = Steps.Transaction(Reason(DdlVerdict.Safe, ruling), ruling.Locks, sql) with
        {
            Kind = KindOf(statement),
            Rewrites = ruling.Rewrites,
            Scans = ruling.Scans,
        };
        return step.Kind == DdlStepKind.OutsideTransaction ? Concurrent(step, statement, ruling) : step;
    }

    // No transaction writes its end down together with the work, so the schema has to tell whether it was done.
    private static DdlStep Concurrent(DdlStep step, DdlStatement statement, Ruling ruling)
    {
        switch (statement)
        {
            case CreateIndex index:
                PlannedTable table = ruling.Planned(index.Table);
                DdlStep build = table.Build(index.Name ?? ruling.Names.Choose(table.Name.Name, index.Keys, "idx"), index.Unique, index.Definition);
                return step with { Statements = index.Name is null ? build.Statements : step.Statements, Index = build.Index, DoneWhen = build.DoneWhen };
            case DropRelations drop:
                return step with { DoneWhen = Done.Gone(ruling.Show(drop.Relations[0])) };
            case Reindex { Relation: { } relation }:
                return step with { DoneWhen = Done.Rebuilt(ruling.Facts.Relation(relation)) };
            case AlterTable { Actions: [AlterAction.DetachPartition detach] }:
                return step with { DoneWhen = Done.Detached(ruling.Show(detach.Partition)) };
            default:
                return step;
        }
    }

    private static DdlStepKind KindOf(DdlStatement statement) => statement switch
    {
        CreateIndex { Concurrently: true } or DropRelations { Concurrently: true } or Reindex { Concurrently: true } => DdlStepKind.OutsideTransaction,
        Reindex { Relation: null } or Maintenance { Command: "VACUUM FULL" } => DdlStepKind.OutsideTransaction,
        AlterTable { Actions: [AlterAction.DetachPartition { Concurrently: true }] } => DdlStepKind.OutsideTransaction,
        AlterTable alter when alter.Actions.All(action => action is AlterAction.ValidateConstraint) => DdlStepKind.Validation,
        Refresh { Concurrently: true } or CreateTableAs { WithData: true } => DdlStepKind.Validation,
        _ => DdlStepKind.Transaction,
    };
}
