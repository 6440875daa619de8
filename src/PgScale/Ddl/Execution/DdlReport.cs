using Microsoft.Extensions.Logging;

namespace PgScale.Ddl.Execution;

/// <summary>Tells what happens: to whoever asked for progress, to the log and to the metrics; and remembers who was in a step's way.</summary>
internal sealed class DdlReport(string instance, ILogger logger, SafeDdlExecutorMetrics metrics, IProgress<DdlProgress>? progress)
{
    private const int MostBlockers = 20;

    private readonly List<DdlBlocker> _blockers = [];
    private string? _reason;

    internal ILogger Logger => logger;

    internal string Instance => instance;

    internal SafeDdlExecutorMetrics Metrics => metrics;

    internal DdlPlan? Plan { get; private set; }

    internal int Step { get; private set; }

    /// <summary>Who was in the way of this step, each once, the latest.</summary>
    internal IReadOnlyList<DdlBlocker> Blockers => _blockers;

    internal void Begin(DdlPlan plan, int step)
    {
        (Plan, Step, _reason) = (plan, step, null);
        _blockers.Clear();
        Tell(DdlProgressStage.Starting, plan.Steps[step].Why);
    }

    internal void Tell(DdlProgressStage stage, string message, double? share = null, IReadOnlyList<DdlBlocker>? blockers = null) =>
        progress?.Report(new() { Plan = Plan, Step = Step, Stage = stage, Message = message, Share = share, Blockers = blockers ?? [] });

    /// <summary>Waits for sessions or replicas; each is logged once.</summary>
    internal void Waiting(Look look)
    {
        foreach (var blocker in look.Blockers)
        {
            if (Remember(blocker))
            {
                SafeDdlExecutorLog.Blocked(logger, instance, blocker);
            }
        }

        Tell(DdlProgressStage.Waiting, look.Problem ?? $"Waits for {look.Blockers.Count} sessions.", blockers: look.Blockers);
        if (look.Problem is { } problem)
        {
            LogOnce(problem);
        }
    }

    internal void Waiting(string reason)
    {
        Tell(DdlProgressStage.Waiting, reason);
        LogOnce(reason);
    }

    internal void Asked(DdlBlocker blocker, DdlBlockerAction action, bool gone)
    {
        metrics.Asked(action);
        SafeDdlExecutorLog.Asked(logger, instance, blocker, action, gone);
    }

    internal void MayNotAsk(DdlBlocker blocker, Exception failure) => SafeDdlExecutorLog.MayNotAsk(logger, failure, instance, blocker);

    internal void LockRefused(string sqlState)
    {
        metrics.Attempted(sqlState == Npgsql.PostgresErrorCodes.DeadlockDetected ? "deadlock" : "timed_out");
        SafeDdlExecutorLog.LockRefused(logger, instance, sqlState);
    }

    // What changes with every look, such as a lag, is not a new reason.
    private void LogOnce(string reason)
    {
        var kind = reason.Length > 30 ? reason[..30] : reason;
        if (!string.Equals(kind, _reason, StringComparison.Ordinal))
        {
            _reason = kind;
            SafeDdlExecutorLog.Waiting(logger, instance, reason);
        }
    }

    private bool Remember(DdlBlocker blocker)
    {
        var known = _blockers.FindIndex(one => one.Pid == blocker.Pid && one.Node == blocker.Node && one.Transaction == blocker.Transaction);
        if (known >= 0)
        {
            _blockers[known] = blocker;
            return false;
        }

        if (_blockers.Count == MostBlockers)
        {
            _blockers.RemoveAt(0);
        }

        _blockers.Add(blocker);
        return true;
    }
}
