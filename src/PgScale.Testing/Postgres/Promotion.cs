using System.Globalization;
using NpgsqlTypes;
using PgScale.Testing.Processes;

namespace PgScale.Testing.Postgres;

/// <summary>Makes a replica the primary, as an operator or a failover tool would.</summary>
internal sealed class Promotion(ClusterHost cluster, PostgresServer candidate, IReadOnlyList<PostgresServer> servers)
{
    private static readonly TimeSpan CatchUpPatience = TimeSpan.FromSeconds(2);

    public static async Task PromoteOneAsync(PostgresServer server, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var seconds = ((int)Math.Ceiling(timeout.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        if (!await server.ScalarAsync<bool>($"SELECT pg_promote(true, {seconds})", cancellationToken).ConfigureAwait(false))
        {
            throw new TimeoutException($"{server.Name} did not become a primary within {seconds} seconds; its log says why: {server.LogFile}");
        }

        await Query.UntilTrueAsync(
            server, "SELECT NOT pg_is_in_recovery()", timeout, "did not leave recovery", cancellationToken).ConfigureAwait(false);
        server.Upstream = null;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        PostgresServer[] others = [.. servers.Where(MustFollow)];
        // Cut first: what a replica took from the old primary after the promotion would part it from the new one.
        await Task.WhenAll(others.Select(other => other.CutWalReceiverAsync(cancellationToken))).ConfigureAwait(false);
        PostgresServer[] ahead = await FindAheadAsync(others, cancellationToken).ConfigureAwait(false);
        await candidate.PromoteAsync(cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(others.Select(other => ahead.Contains(other)
            ? cluster.RejoinAsync(other, candidate, cancellationToken)
            : WalReceiver.FollowAsync(other, candidate, cluster.Timeout, cancellationToken))).ConfigureAwait(false);
    }

    /// <summary>Replicas behind a replica that stays follow it through the change of timeline by themselves.</summary>
    private bool MustFollow(PostgresServer server) =>
        server != candidate && server.Upstream is { } upstream && server.Answers && upstream != candidate && (upstream.Upstream is null || !upstream.Answers);

    /// <summary>The replicas that have received more than the candidate will ever have; their data must be made anew.</summary>
    private async Task<PostgresServer[]> FindAheadAsync(PostgresServer[] others, CancellationToken cancellationToken)
    {
        NpgsqlLogSequenceNumber[] received =
            await Task.WhenAll(others.Select(other => Replay.ReceivedPositionAsync(other, cancellationToken))).ConfigureAwait(false);
        NpgsqlLogSequenceNumber own = default;
        try
        {
            await Poll.UntilAsync(
                async token =>
                {
                    own = await Replay.ReceivedPositionAsync(candidate, token).ConfigureAwait(false);
                    return Array.TrueForAll(received, position => position <= own);
                },
                candidate.Upstream is { Answers: true } ? CatchUpPatience : TimeSpan.Zero,
                () => "",
                cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The old primary is gone, or does not reach the candidate: those ahead lose what only they have.
        }

        return [.. others.Where((_, index) => received[index] > own)];
    }
}
