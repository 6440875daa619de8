using Microsoft.Extensions.Logging;
using Npgsql;
using PgScale.Backfill.Ledger;
using PgScale.Backfill.Planning;
using PgScale.Cluster;

namespace PgScale.Backfill.Running;

/// <summary>Opens a run in this process: finds the primary, begins the backfill or takes it up, and gathers what its workers share.</summary>
internal sealed class RunOpening(
    ClusterMonitor monitor,
    NodeConnections connections,
    ControlledBackfillOptions options,
    IReadOnlyList<BackfillSignal> signals,
    ControlledBackfillMetrics metrics,
    ILogger logger,
    TimeProvider time)
{
    internal async Task<RunContext> OpenAsync(BackfillDefinition definition, CancellationToken cancellationToken)
    {
        var primary = monitor.Current.GetPrimary();
        if (primary.Node.Pooler != PoolerMode.None)
        {
            throw BackfillRefusedException.For(
                definition.Name,
                $"The primary {primary.Name} is reached through a pooler in transaction mode, where a session cannot hold a lock. Register a second instance, AddKeyedPgScale(\"backfills\", …), whose connection strings lead past the pooler.");
        }

        var session = await RunnerSession.OpenAsync(connections, primary, options, cancellationToken).ConfigureAwait(false);
        await using var disposing = session.ConfigureAwait(false);
        var started = await new BackfillStart(options, logger, monitor.Instance, time).OpenAsync(session.Connection, definition, cancellationToken).ConfigureAwait(false);
        var status = (await StatusReader.ReadAsync(session.Connection, definition.Name, cancellationToken).ConfigureAwait(false))!;
        await ReviveAsync(session.Connection, status, cancellationToken).ConfigureAwait(false);
        var context = new RunContext(definition, options, metrics, logger, time, monitor.Instance)
        {
            Table = started.Table,
            Stripes = started.Stripes,
            Entry = started.Entry,
            Beginning = new(started.Token, primary.Timeline),
            Signals = signals,
        };
        context.Tally.StartFrom(status.RowsVisited, status.RowsChanged);
        context.SetAside.StartFrom(await BackfillLedger.CountFailedRowsAsync(session.Connection, definition.Name, cancellationToken).ConfigureAwait(false));
        context.Pace.UseLive(status.Pace);
        LogStart(context);
        return context;
    }

    // Running a failed one again is asking for another attempt; a cancelled one was given up by somebody.
    private static async Task ReviveAsync(NpgsqlConnection connection, BackfillStatus status, CancellationToken cancellationToken)
    {
        if (status.State == BackfillState.Cancelled)
        {
            throw BackfillRefusedException.For(
                status.Name, $"It was cancelled on {status.EndedAt:u}{(status.Reason.Length > 0 ? $" ({status.Reason})" : "")}. ResumeAsync lets it go on, ForgetAsync lets it begin anew.");
        }

        if (status.State == BackfillState.Failed)
        {
            await BackfillLedger.SetStateAsync(connection, status.Name, BackfillState.Running, "", cancellationToken, BackfillState.Failed).ConfigureAwait(false);
        }
    }

    private void LogStart(RunContext run) => ControlledBackfillLog.Started(
        logger,
        monitor.Instance,
        run.Name,
        run.Table.Quoted,
        run.Table.KeyIndex,
        (long)run.Table.Rows,
        $"{(run.Stripes.Stripes is { } count ? $"in {count} stripes" : "in plain ranges")}, because {run.Stripes.Reason}");
}
