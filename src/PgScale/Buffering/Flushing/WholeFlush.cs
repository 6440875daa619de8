using Npgsql;
using PgScale.Buffering.Sinks;

namespace PgScale.Buffering.Flushing;

/// <summary>Writes all rows of a batch in one transaction, bad rows taken out of it behind savepoints.</summary>
internal sealed class WholeFlush(RowBatch batch, int rowsAtOnce, DeadLetterTarget deadLetters, Func<int, Exception, DeadLetter> letterOf)
{
    /// <summary>The rows that were taken out.</summary>
    internal List<DeadLetter> Letters { get; } = [];

    internal async Task<bool> WriteAsync(FlushTransaction transaction, CancellationToken cancellationToken)
    {
        if (!await transaction.SendAsync([new("SET CONSTRAINTS ALL IMMEDIATE")], cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        Stack<RowRange> ranges = new();
        for (var from = (batch.Rows - 1) / rowsAtOnce * rowsAtOnce; from >= 0; from -= rowsAtOnce) // the first keys come out first
        {
            ranges.Push(new(from, Math.Min(from + rowsAtOnce, batch.Rows)));
        }

        while (ranges.TryPop(out var range))
        {
            await WriteAsync(transaction, range, ranges, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    private async Task WriteAsync(FlushTransaction transaction, RowRange range, Stack<RowRange> ranges, CancellationToken cancellationToken)
    {
        await transaction.SendAsync([new("SAVEPOINT part")], cancellationToken).ConfigureAwait(false);
        try
        {
            await batch.WriteAsync(transaction, range, nameBadRow: false, cancellationToken).ConfigureAwait(false);
            await transaction.SendAsync([new("RELEASE SAVEPOINT part")], cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException refused) when (FlushFailures.Classify(refused) == FlushFailure.Row)
        {
            await transaction.SendAsync([new("ROLLBACK TO SAVEPOINT part")], cancellationToken).ConfigureAwait(false);
            if (range.Count > 1)
            {
                ranges.Push(new(range.Middle, range.End));
                ranges.Push(new(range.From, range.Middle));
                return;
            }

            await BuryAsync(transaction, letterOf(range.From, refused), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task BuryAsync(FlushTransaction transaction, DeadLetter letter, CancellationToken cancellationToken)
    {
        Letters.Add(letter);
        if (deadLetters.ToCommand(letter) is { } command)
        {
            await transaction.SendAsync([command], cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await deadLetters.KeepAsync(letter, cancellationToken).ConfigureAwait(false);
        }
    }
}
