using Npgsql;
using PgScale.Backfill.Pacing;
using PgScale.Backfill.Running;
using PgScale.Cluster;

namespace PgScale.Backfill.Ledger;

/// <summary>What any process may ask of a backfill or tell it, through its rows on the primary; whoever runs it follows within a batch.</summary>
internal sealed class BackfillControls(ClusterMonitor monitor, NodeConnections connections, Func<ControlledBackfillOptions> options)
{
    private static readonly BackfillState[] All = [BackfillState.Running, BackfillState.Paused, BackfillState.Cancelled, BackfillState.Failed];

    internal Task<BackfillStatus?> ReadAsync(string name, CancellationToken cancellationToken) =>
        OnPrimaryAsync(connection => StatusReader.ReadAsync(connection, name, cancellationToken), cancellationToken);

    internal Task<BackfillStatus> PauseAsync(string name, string reason, CancellationToken cancellationToken) =>
        ChangeAsync(name, reason, BackfillState.Paused, [BackfillState.Running, BackfillState.Paused], cancellationToken);

    internal Task<BackfillStatus> ResumeAsync(string name, CancellationToken cancellationToken) => ChangeAsync(name, "", BackfillState.Running, All, cancellationToken);

    internal Task<BackfillStatus> CancelAsync(string name, string reason, CancellationToken cancellationToken) =>
        ChangeAsync(name, reason, BackfillState.Cancelled, All, cancellationToken);

    internal Task<BackfillStatus> SetPaceAsync(string name, BackfillPace pace, CancellationToken cancellationToken) => OnPrimaryAsync(
        async connection =>
        {
            var isThere = await BackfillLedger.ExistsAsync(connection, cancellationToken).ConfigureAwait(false)
                && await BackfillLedger.SetPaceAsync(connection, name, PaceText.Write(pace), cancellationToken).ConfigureAwait(false);
            return isThere ? (await StatusReader.ReadAsync(connection, name, cancellationToken).ConfigureAwait(false))! : throw Unknown(name);
        },
        cancellationToken);

    internal Task<int> RetryRowsAsync(string name, CancellationToken cancellationToken) => OnPrimaryAsync(
        async connection => await StatusReader.ReadAsync(connection, name, cancellationToken).ConfigureAwait(false) is null
            ? throw Unknown(name)
            : await BackfillLedger.RetryRowsAsync(connection, name, cancellationToken).ConfigureAwait(false),
        cancellationToken);

    internal Task<bool> ForgetAsync(string name, CancellationToken cancellationToken) => OnPrimaryAsync(
        async connection =>
        {
            if (await StatusReader.ReadAsync(connection, name, cancellationToken).ConfigureAwait(false) is not { } status)
            {
                return false;
            }

            if (status.Workers > 0)
            {
                throw BackfillRefusedException.For(name, $"{status.Workers} workers run it. Cancel it first.");
            }

            await BackfillLedger.ForgetAsync(connection, name, cancellationToken).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    internal async Task<T> OnPrimaryAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        var connection = await connections.OpenAsync(
            monitor.Current.GetPrimary(), RunnerSession.Profile(options().Tier), cancellationToken).ConfigureAwait(false);
        await using var disposing = connection.ConfigureAwait(false);
        return await work(connection).ConfigureAwait(false);
    }

    private Task<BackfillStatus> ChangeAsync(string name, string reason, BackfillState state, BackfillState[] from, CancellationToken cancellationToken) => OnPrimaryAsync(
        async connection =>
        {
            if (await StatusReader.ReadAsync(connection, name, cancellationToken).ConfigureAwait(false) is null)
            {
                throw Unknown(name);
            }

            var isChanged = await BackfillLedger.SetStateAsync(connection, name, state, reason, cancellationToken, from).ConfigureAwait(false);
            var status = await StatusReader.ReadAsync(connection, name, cancellationToken).ConfigureAwait(false) ?? throw Unknown(name);
            return isChanged ? status : throw BackfillRefusedException.For(name, $"It is {RunControl.Text(status.State)} and cannot become {RunControl.Text(state)}.");
        },
        cancellationToken);

    private static BackfillRefusedException Unknown(string name) =>
        BackfillRefusedException.For(name, "There is none of that name on this primary. RunAsync begins one.");
}
