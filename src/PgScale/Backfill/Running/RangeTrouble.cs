namespace PgScale.Backfill.Running;

/// <summary>Batches after one that failed: half as many rows at each failure, twice as many at each success, until they are as before.</summary>
internal sealed class RangeTrouble(int attemptsPerRow, bool runsCode)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(20);

    private int _attempts;
    private int _failuresInARow;

    /// <summary>Whether batches are smaller than they could be.</summary>
    internal bool IsCautious => Rows > 0;

    /// <summary>Rows of the next batch while cautious.</summary>
    internal int Rows { get; private set; }

    /// <summary>Whether a failure is one of rows or locks, and not of the server, the runner or the definition.</summary>
    internal bool Concerns(Exception failure, CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested && failure is not (BackfillFailedException or OperationCanceledException)
        && (runsCode || failure is Npgsql.NpgsqlException)
        && BatchFailures.Classify(failure, checkpoint: null) is BatchFailure.Contention or BatchFailure.Row;

    internal TroubleStep Failed(int rows, Exception failure)
    {
        _failuresInARow++;
        if (rows > 1)
        {
            Rows = rows / 2;
            _attempts = 0;
            return TroubleStep.Retry;
        }

        Rows = 1;
        if (BatchFailures.Classify(failure, checkpoint: null) == BatchFailure.Row)
        {
            return TroubleStep.WriteDown;
        }

        return ++_attempts < attemptsPerRow ? TroubleStep.Retry : TroubleStep.SetAsideForLater;
    }

    /// <summary>A batch, or one row past which the position was moved, is behind.</summary>
    internal void Passed(int usual)
    {
        (_attempts, _failuresInARow) = (0, 0);
        Rows = Rows * 2 >= usual ? 0 : Rows * 2;
    }

    /// <summary>A wait with jitter, so that two parties to a deadlock do not meet again.</summary>
    internal TimeSpan Delay()
    {
#pragma warning disable CA5394 // Jitter needs no secret
        return FirstDelay * Math.Min(_failuresInARow, 10) * (0.5 + Random.Shared.NextDouble());
#pragma warning restore CA5394
    }
}
