using System.CommandLine;
using System.Globalization;
using PgScale.Backfill;

namespace PgScale.Cli.Backfill;

/// <summary>The parts of a <see cref="BackfillPace"/> that people turn by hand.</summary>
internal sealed class PaceOptions
{
    private readonly Option<TimeSpan?> _batchTime = new("--batch-time") { Description = "How long a batch should take, as 00:00:00.1." };
    private readonly Option<int?> _maxBatchRows = new("--max-batch-rows") { Description = "Most rows of a batch." };
    private readonly Option<double?> _nice = new("--nice") { Description = "Pause after each batch as a multiple of its time." };
    private readonly Option<long?> _maxRowsPerSecond = new("--max-rows-per-second") { Description = "Most rows per second of each process." };
    private readonly Option<TimeSpan?> _maxReplicaLag = new("--max-replica-lag") { Description = "Most lag of a replica, as 00:00:00.5." };
    private readonly Option<long?> _maxWalRate = new("--max-wal-rate") { Description = "Most WAL of the whole primary, in bytes per second." };
    private readonly Option<int?> _maxActive = new("--max-active-sessions") { Description = "Most sessions that run a statement on the primary." };
    private readonly Option<int?> _criticalActive = new("--critical-active-sessions") { Description = "Active sessions at which it pauses itself." };
    private readonly Option<string[]> _ignoreReplica = new("--ignore-replica") { Description = "A replica that does not count, by name; may be given several times." };
    private readonly Option<string[]> _window = new("--window") { Description = "Hours in which it may work, as 22:00-06:00; may be given several times." };
    private readonly Option<string?> _timeZone = new("--time-zone") { Description = "The zone of the windows, as Europe/Berlin. Default UTC." };

    internal Command AddTo(Command command)
    {
        foreach (var option in (Option[])[_batchTime, _maxBatchRows, _nice, _maxRowsPerSecond, _maxReplicaLag, _maxWalRate, _maxActive, _criticalActive, _ignoreReplica, _window, _timeZone])
        {
            command.Options.Add(option);
        }

        return command;
    }

    /// <exception cref="CliException">An option cannot be understood.</exception>
    internal BackfillPace Create(ParseResult parsed) => new()
    {
        BatchTime = parsed.GetValue(_batchTime),
        MaxBatchRows = parsed.GetValue(_maxBatchRows),
        Nice = parsed.GetValue(_nice),
        MaxRowsPerSecond = parsed.GetValue(_maxRowsPerSecond),
        MaxReplicaLag = parsed.GetValue(_maxReplicaLag),
        MaxWalRate = parsed.GetValue(_maxWalRate),
        MaxActiveSessions = parsed.GetValue(_maxActive),
        CriticalActiveSessions = parsed.GetValue(_criticalActive),
        IgnoreReplicas = parsed.GetValue(_ignoreReplica) is { Length: > 0 } ignored ? ignored : null,
        Windows = parsed.GetValue(_window) is { Length: > 0 } windows ? [.. windows.Select(Window)] : null,
        TimeZone = parsed.GetValue(_timeZone),
    };

    private static BackfillWindow Window(string text) => text.Split('-') is [var from, var to]
        && TimeOnly.TryParse(from, CultureInfo.InvariantCulture, out var opens) && TimeOnly.TryParse(to, CultureInfo.InvariantCulture, out var closes)
        ? new() { From = opens, To = closes }
        : throw new CliException(ExitCode.Usage, $"'--window {text}' is not understood. Write two times of the day, as 22:00-06:00.");
}
