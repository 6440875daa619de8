using System.CommandLine;
using PgScale.Ddl;

namespace PgScale.Cli.Ddl;

/// <summary>How patient <c>apply</c> is, and with whom.</summary>
internal sealed class ApplyLimits
{
    private readonly Option<TimeSpan?> _lockPatience = new("--lock-patience") { Description = "Longest wait of a step for its locks, as hh:mm:ss. Default 00:10:00." };
    private readonly Option<TimeSpan?> _runnerPatience = new("--runner-patience") { Description = "Longest wait for another runner, as hh:mm:ss. Default 00:01:00." };
    private readonly Option<DdlBlockerAction> _blockers = new("--blockers") { Description = "What to do about sessions that are in the way: wait, report, cancel or terminate. Default wait." };
    private readonly Option<TimeSpan?> _blockerAge = new("--blocker-age") { Description = "Age of a transaction from which that is done, as hh:mm:ss. Default 00:00:30." };
    private readonly Option<string[]> _blockerApplications = new("--blocker-application") { Description = "The application_name that may be cancelled or terminated; * for any. May be given several times." };
    private readonly Option<bool> _outOfOrder = new("--allow-out-of-order") { Description = "Apply migrations although later ones have been." };

    internal void AddTo(Command command)
    {
        foreach (var option in (Option[])[_lockPatience, _runnerPatience, _blockers, _blockerAge, _blockerApplications, _outOfOrder])
        {
            command.Options.Add(option);
        }
    }

    internal void Apply(ParseResult parsed, DdlPolicy policy, SafeDdlExecutorOptions options)
    {
        var applications = parsed.GetValue(_blockerApplications) ?? [];
        options.LockPatience = parsed.GetValue(_lockPatience) ?? options.LockPatience;
        options.RunnerPatience = parsed.GetValue(_runnerPatience) ?? options.RunnerPatience;
        options.AllowOutOfOrder = parsed.GetValue(_outOfOrder);
        options.Policy = policy with
        {
            Blockers = policy.Blockers with
            {
                Action = parsed.GetValue(_blockers),
                OlderThan = parsed.GetValue(_blockerAge) ?? policy.Blockers.OlderThan,
                Applications = applications,
                AnyApplication = applications.Contains("*", StringComparer.Ordinal),
            },
        };
    }
}
