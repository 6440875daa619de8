using Npgsql;
using PgScale.Buffering.Sinks;

namespace PgScale.Buffering.Flushing;

/// <summary>Writes batches one after the other on one connection, until each row is committed or is a dead letter.</summary>
/// <remarks>
/// The server names the line at which a COPY failed. Where it names none it is asked which rows break the constraint, and they are tried one by
/// one; where that does not tell, the range is halved.
/// </remarks>
internal sealed class FlushLane(string buffer, PrimarySession session, Ledger ledger, DeadLetterTarget deadLetters, FlushStatus status, Sink sink, int rowsAtOnce, Backoff backoff, Action<long> release, TimeProvider time)
    : IFlushLane
{
    private long _number;

    public async Task<LaneReport> WriteAsync(RowBatch batch, CancellationToken giveUp)
    {
        var report = new LaneReport();
        if (batch is { IsMerged: true, Sequences: not null })
        {
            await WriteAtOnceAsync(batch, report, giveUp).ConfigureAwait(false);
            return report;
        }

        var pieces = new Pieces(batch.Rows, rowsAtOnce);
        var letters = new DeadLetterDesk(deadLetters, bad => LetterOf(batch, bad), status);
        while (pieces.Next() is { } piece)
        {
            await WriteAsync(batch, piece, pieces, letters, report, giveUp).ConfigureAwait(false);
        }

        return report;
    }

    // Writes a piece, or puts the pieces back into which a failure divides it.
    private async Task WriteAsync(RowBatch batch, Piece piece, Pieces pieces, DeadLetterDesk letters, LaneReport report, CancellationToken giveUp)
    {
        var number = batch.NumberOf(piece.Range) ?? (_number + 1);
        var isUncertain = false;
        for (var attempt = 1; ; attempt++)
        {
            Exception failure;
            var unmatched = 0L;
            try
            {
                await letters.KeepElsewhereAsync(piece, giveUp).ConfigureAwait(false);
                var token = piece.Rows.Count > 0 || letters.HasToSend(piece)
                    ? await session.RunAsync(ledger, number, WritePieceAsync, batch.LeaveToReader, giveUp).ConfigureAwait(false)
                    : report.Token;
                Advance(batch, number);
                batch.Committed(piece.Rows);
                letters.Committed(piece, report);
                report.Wrote(piece.Rows.Count, token, unmatched);
                status.Succeeded(attempt);
                return;
            }
            catch (Exception caught) when (!giveUp.IsCancellationRequested)
            {
                failure = caught;
            }

            async Task<bool> WritePieceAsync(FlushTransaction transaction, CancellationToken cancelled)
            {
                var isNew = await letters.SendAsync(transaction, piece, cancelled).ConfigureAwait(false)
                    && (piece.Rows.Count == 0 || await batch.WriteAsync(transaction, piece.Rows, piece.IsSuspect, cancelled).ConfigureAwait(false));
                unmatched = transaction.Unmatched;
                return isNew;
            }

            if (failure is LetterRefusedException refusal)
            {
                letters.Refused(piece, refusal);
                failure = refusal.InnerException!;
            }
            else if ((!isUncertain || FlushFailures.ComesAfterLedger(failure)) && await TryDivideAsync(batch, piece, pieces, failure, attempt, giveUp).ConfigureAwait(false))
            {
                status.Succeeded(attempt);
                return;
            }

            isUncertain |= !FlushFailures.IsRolledBack(failure);
            await WaitAsync(failure, attempt, giveUp).ConfigureAwait(false);
        }
    }

    // What may be committed as a whole must not be divided: only an answer that follows the ledger's entry says that it is not.
    private async Task<bool> TryDivideAsync(RowBatch batch, Piece piece, Pieces pieces, Exception failure, int attempt, CancellationToken giveUp)
    {
        var wouldNameRow = batch.WouldNameBadRow(piece.Range);
        if (FlushFailures.ConstraintOf(failure) is { } constraint && constraint != piece.Asked && piece.Rows.Count > 1
            && FlushFailures.NamedRow(failure, piece.Rows) is null && (!wouldNameRow || FlushFailures.IsOfForeignKey(failure)))
        {
            piece = piece with { Asked = constraint };
            var suspects = await session.AskAsync(connection => batch.SuspectsAsync(connection, constraint, piece.Rows, giveUp), giveUp).ConfigureAwait(false);
            if (suspects.Count > 0)
            {
                pieces.Part(piece, suspects);
                return true;
            }
        }

        return pieces.TryDivide(piece, failure, attempt, wouldNameRow);
    }

    // In durable mode merged rows are committed all at once: a part of the rows is not a part of what is on disk.
    private async Task WriteAtOnceAsync(RowBatch batch, LaneReport report, CancellationToken giveUp)
    {
        var number = batch.Sequences!.Last;
        var whole = new WholeFlush(batch, rowsAtOnce, deadLetters, (row, error) => LetterOf(batch, new(row, error)));
        for (var attempt = 1; ; attempt++)
        {
            Exception failure;
            try
            {
                var token = await session.RunAsync(ledger, number, whole.WriteAsync, batch.LeaveToReader, giveUp).ConfigureAwait(false);
                Advance(batch, number);
                batch.Committed(new(new RowRange(0, batch.Rows)));
                whole.Letters.ForEach(letter =>
                {
                    report.Refused();
                    status.Buried(letter);
                });
                whole.Lost.ForEach(lost =>
                {
                    report.Refused();
                    status.LetterLost(lost.Letter, lost.Failure);
                });
                report.Wrote(batch.Rows - whole.Letters.Count - whole.Lost.Count, token, whole.Unmatched);
                status.Succeeded(attempt);
                return;
            }
            catch (Exception caught) when (!giveUp.IsCancellationRequested)
            {
                failure = caught;
            }

            if (!whole.Divides(failure))
            {
                if (attempt > 1 && FlushFailures.Classify(failure) == FlushFailure.TooLong)
                {
                    whole.Shrink();
                }

                await WaitAsync(failure, attempt, giveUp).ConfigureAwait(false);
            }
        }
    }

    private DeadLetter LetterOf(RowBatch batch, BadRow bad)
    {
        var error = bad.Error is RowFaultException { InnerException: { } cause } ? cause : bad.Error;
        return new()
        {
            Buffer = buffer,
            Target = sink.Target,
            Item = batch.ItemAt(bad.Row),
            Json = batch.Describe(bad.Row),
            Error = error,
            SqlState = (error as PostgresException)?.SqlState,
            FailedAt = time.GetUtcNow(),
        };
    }

    private void Advance(RowBatch batch, long number)
    {
        _number = number;
        if (batch.Sequences is not null)
        {
            release(number);
        }
    }

    // A new primary ends the wait: it may work there at once.
    private async Task WaitAsync(Exception failure, int attempt, CancellationToken giveUp)
    {
        if (FlushFailures.Stops(failure, status.Trouble))
        {
            session.Forget();
            status.Stopped(failure);
        }
        else
        {
            status.Failed(failure, attempt);
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(giveUp);
        await Task.WhenAny(Task.Delay(backoff.After(attempt), time, over.Token), session.WaitForChangeAsync(over.Token)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        giveUp.ThrowIfCancellationRequested();
    }
}
