using Npgsql;
using PgScale.Buffering.Sinks;

namespace PgScale.Buffering.Flushing;

/// <summary>Writes batches one after the other on one connection, until each row is committed or is a dead letter.</summary>
/// <remarks>
/// The server names the line at which a COPY failed, so a bad row costs one more COPY before it and one after it: k bad rows at most
/// 2k + 1. Where no line is named the range is halved.
/// </remarks>
internal sealed class FlushLane(string buffer, PrimarySession session, Ledger ledger, DeadLetterTarget deadLetters, FlushStatus status, Sink sink, int rowsAtOnce, Backoff backoff, Action<long> release, TimeProvider time)
    : IFlushLane
{
    private const int PatienceWithUnknown = 5;
    private const int PatienceWithDeadLetters = 5;

    private long _number;

    public async Task<LaneReport> WriteAsync(RowBatch batch, CancellationToken giveUp)
    {
        var report = new LaneReport();
        if (batch is { IsMerged: true, Sequences: not null })
        {
            await WriteAtOnceAsync(batch, report, giveUp).ConfigureAwait(false);
            return report;
        }

        Stack<Piece> pieces = new();
        Divide(batch.Rows, pieces);
        while (pieces.TryPop(out var piece))
        {
            if (piece.Poison is not null)
            {
                await BuryAsync(batch, piece, giveUp).ConfigureAwait(false);
                report.Refused();
            }
            else if (piece.Range.Count > 0)
            {
                await WriteAsync(batch, piece, pieces, report, giveUp).ConfigureAwait(false);
            }
        }

        return report;
    }

    // Keys of a merge may be many more than rows of a full batch: locks are held for one part of them at a time.
    private void Divide(int rows, Stack<Piece> pieces)
    {
        for (var from = (rows - 1) / rowsAtOnce * rowsAtOnce; from >= 0; from -= rowsAtOnce)
        {
            pieces.Push(new(new(from, Math.Min(from + rowsAtOnce, rows)), IsSuspect: false));
        }
    }

    // Writes a piece, or puts the pieces back into which a failure divides it.
    private async Task WriteAsync(RowBatch batch, Piece piece, Stack<Piece> pieces, LaneReport report, CancellationToken giveUp)
    {
        var number = batch.NumberOf(piece.Range) ?? (_number + 1);
        var isUncertain = false;
        for (var attempt = 1; ; attempt++)
        {
            Exception failure;
            var unmatched = 0L;
            try
            {
                var token = await session.RunAsync(ledger, number, WritePieceAsync, batch.LeaveToReader, giveUp).ConfigureAwait(false);
                Advance(batch, number);
                batch.Committed(piece.Range);
                report.Wrote(piece.Range.Count, token, unmatched);
                status.Succeeded(attempt);
                return;
            }
            catch (Exception caught) when (!giveUp.IsCancellationRequested)
            {
                failure = caught;
            }

            async Task<bool> WritePieceAsync(FlushTransaction transaction, CancellationToken cancelled)
            {
                var isNew = await batch.WriteAsync(transaction, piece.Range, piece.IsSuspect, cancelled).ConfigureAwait(false);
                unmatched = transaction.Unmatched;
                return isNew;
            }

            // What may be committed as a whole must not be divided: only an answer that follows the ledger's entry says that it is not.
            if ((!isUncertain || FlushFailures.ComesAfterLedger(failure)) && Divide(failure, piece, attempt, pieces, batch.WouldNameBadRow(piece.Range)))
            {
                status.Succeeded(attempt);
                return;
            }

            isUncertain |= !FlushFailures.IsRolledBack(failure);
            await WaitAsync(failure, attempt, giveUp).ConfigureAwait(false);
        }
    }

    // In durable mode merged rows are committed all at once: a part of the rows is not a part of what is on disk.
    private async Task WriteAtOnceAsync(RowBatch batch, LaneReport report, CancellationToken giveUp)
    {
        var number = batch.Sequences!.Last;
        var whole = new WholeFlush(batch, rowsAtOnce, deadLetters, (row, error) => LetterOf(batch, new(new(row, row + 1), IsSuspect: true, error)));
        for (var attempt = 1; ; attempt++)
        {
            Exception failure;
            try
            {
                var token = await session.RunAsync(ledger, number, whole.WriteAsync, batch.LeaveToReader, giveUp).ConfigureAwait(false);
                Advance(batch, number);
                batch.Committed(new(0, batch.Rows));
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
                await WaitAsync(failure, attempt, giveUp).ConfigureAwait(false);
            }
        }
    }

    private static bool Divide(Exception failure, Piece piece, int attempt, Stack<Piece> pieces, bool wouldNameRow)
    {
        var kind = FlushFailures.Classify(failure);
        if (kind == FlushFailure.TooLong && attempt > 1 && piece.Range.Count > 1)
        {
            Halve(piece, pieces);
            return true;
        }

        if (kind != FlushFailure.Row && (kind != FlushFailure.Unknown || attempt < PatienceWithUnknown))
        {
            return false;
        }

        if (FlushFailures.NamedRow(failure, piece.Range) is { } row)
        {
            pieces.Push(piece with { Range = piece.Range.After(row) });
            pieces.Push(new(new(row, row + 1), IsSuspect: true, failure));
            pieces.Push(piece with { Range = piece.Range.Before(row) });
        }
        else if (!piece.IsSuspect && wouldNameRow)
        {
            pieces.Push(piece with { IsSuspect = true });
        }
        else if (piece.Range.Count == 1)
        {
            pieces.Push(piece with { Poison = failure });
        }
        else
        {
            Halve(piece, pieces);
        }

        return true;
    }

    private static void Halve(Piece piece, Stack<Piece> pieces)
    {
        var middle = piece.Range.Middle;
        pieces.Push(piece with { Range = new(middle, piece.Range.End) });
        pieces.Push(piece with { Range = new(piece.Range.From, middle) });
    }

    private async Task BuryAsync(RowBatch batch, Piece piece, CancellationToken giveUp)
    {
        var letter = LetterOf(batch, piece);
        var number = batch.NumberOf(piece.Range) ?? (_number + 1);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await BuryAsync(batch, letter, number, giveUp).ConfigureAwait(false);
                status.Buried(letter);
                return;
            }
            catch (Exception failure) when (!giveUp.IsCancellationRequested)
            {
                if (attempt >= PatienceWithDeadLetters && FlushFailures.Classify(failure) is FlushFailure.Row or FlushFailure.Unknown)
                {
                    status.LetterLost(letter, failure);
                    return;
                }

                await WaitAsync(failure, attempt, giveUp).ConfigureAwait(false);
            }
        }
    }

    private async Task BuryAsync(RowBatch batch, DeadLetter letter, long number, CancellationToken giveUp)
    {
        if (deadLetters.ToCommand(letter) is null)
        {
            await deadLetters.KeepAsync(letter, giveUp).ConfigureAwait(false);
            return;
        }

        await session.RunAsync(
            ledger, number, (transaction, cancelled) => transaction.SendAsync([deadLetters.ToCommand(letter)!], cancelled), batch.LeaveToReader, giveUp).ConfigureAwait(false);
        Advance(batch, number);
    }

    private DeadLetter LetterOf(RowBatch batch, Piece piece)
    {
        var error = piece.Poison is RowFaultException { InnerException: { } cause } ? cause : piece.Poison!;
        return new()
        {
            Buffer = buffer,
            Target = sink.Target,
            Item = batch.ItemAt(piece.Range.From),
            Json = batch.Describe(piece.Range.From),
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
