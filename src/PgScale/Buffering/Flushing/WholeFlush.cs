using Npgsql;
using PgScale.Buffering.Sinks;

namespace PgScale.Buffering.Flushing;

/// <summary>Writes all rows of a batch in one transaction, bad rows taken out of it behind savepoints. It learns from one attempt to the next.</summary>
internal sealed class WholeFlush
{
    private const int PatienceWithDeadLetters = 5;

    private readonly Dictionary<int, Exception> _unsendable = [];
    private readonly Dictionary<int, int> _refusals = [];
    private readonly RowBatch _batch;
    private readonly DeadLetterTarget _deadLetters;
    private readonly Func<int, Exception, DeadLetter> _letterOf;
    private readonly List<RowRange> _plan = [];

    private RowRange? _sending;

    internal WholeFlush(RowBatch batch, int rowsAtOnce, DeadLetterTarget deadLetters, Func<int, Exception, DeadLetter> letterOf)
    {
        (_batch, _deadLetters, _letterOf) = (batch, deadLetters, letterOf);
        for (var from = 0; from < batch.Rows; from += rowsAtOnce)
        {
            _plan.Add(new(from, Math.Min(from + rowsAtOnce, batch.Rows)));
        }
    }

    /// <summary>The rows that were taken out.</summary>
    internal List<DeadLetter> Letters { get; } = [];

    /// <summary>Those of them that nobody took.</summary>
    internal List<(DeadLetter Letter, Exception Failure)> Lost { get; } = [];

    /// <summary>How many merged rows found no row to be merged into.</summary>
    internal long Unmatched { get; private set; }

    internal async Task<bool> WriteAsync(FlushTransaction transaction, CancellationToken cancellationToken)
    {
        Letters.Clear();
        Lost.Clear();
        if (!await transaction.SendAsync([new("SET CONSTRAINTS ALL IMMEDIATE")], cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        Stack<RowRange> ranges = new(Enumerable.Reverse(_plan)); // the first keys come out first
        while (ranges.TryPop(out var range))
        {
            await WriteAsync(transaction, range, ranges, cancellationToken).ConfigureAwait(false);
        }

        Unmatched = transaction.Unmatched;
        return true;
    }

    /// <summary>Whether a failure came from values that cannot be sent. The connection is of no use then, and the next attempt sends them in smaller parts.</summary>
    internal bool Divides(Exception failure)
    {
        if (failure is PostgresException || FlushFailures.Classify(failure) != FlushFailure.Row || _sending is not { } range)
        {
            return false;
        }

        if (range.Count == 1)
        {
            _unsendable[range.From] = failure;
        }

        var place = _plan.FindIndex(part => part.From <= range.From && range.End <= part.End);
        var whole = _plan[place];
        RowRange[] parts = [new(whole.From, range.From), new(range.From, range.Middle), new(range.Middle, range.End), new(range.End, whole.End)];
        _plan.RemoveAt(place);
        _plan.InsertRange(place, parts.Where(part => part.Count > 0));
        return true;
    }

    /// <summary>Sends everything in statements of half the size: the time limit is one of each statement.</summary>
    internal void Shrink()
    {
        RowRange[] parts = [.. _plan.SelectMany(part => part.Count > 1 ? new RowRange[] { new(part.From, part.Middle), new(part.Middle, part.End) } : [part])];
        _plan.Clear();
        _plan.AddRange(parts);
    }

    private async Task WriteAsync(FlushTransaction transaction, RowRange range, Stack<RowRange> ranges, CancellationToken cancellationToken)
    {
        if (range.Count == 1 && _unsendable.TryGetValue(range.From, out var fault))
        {
            await BuryAsync(transaction, range.From, fault, cancellationToken).ConfigureAwait(false);
            return;
        }

        await transaction.SendAsync([new("SAVEPOINT part")], cancellationToken).ConfigureAwait(false);
        try
        {
            _sending = range;
            await _batch.WriteAsync(transaction, new(range), nameBadRow: false, cancellationToken).ConfigureAwait(false);
            _sending = null;
            await transaction.SendAsync([new("RELEASE SAVEPOINT part")], cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException refused) when (FlushFailures.Classify(refused) == FlushFailure.Row)
        {
            _sending = null;
            await transaction.SendAsync([new("ROLLBACK TO SAVEPOINT part")], cancellationToken).ConfigureAwait(false);
            if (range.Count > 1)
            {
                ranges.Push(new(range.Middle, range.End));
                ranges.Push(new(range.From, range.Middle));
                return;
            }

            await BuryAsync(transaction, range.From, refused, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task BuryAsync(FlushTransaction transaction, int row, Exception error, CancellationToken cancellationToken)
    {
        var letter = _letterOf(row, error);
        var isPatient = _refusals.GetValueOrDefault(row) + 1 < PatienceWithDeadLetters;
        try
        {
            await transaction.SendAsync([new("SAVEPOINT letter")], cancellationToken).ConfigureAwait(false);
            await KeepAsync(transaction, letter, cancellationToken).ConfigureAwait(false);
            Letters.Add(letter);
        }
        catch (Exception failure) when (FlushFailures.Classify(failure) is FlushFailure.Row or FlushFailure.Unknown)
        {
            if (isPatient)
            {
                _refusals[row] = _refusals.GetValueOrDefault(row) + 1;
                throw;
            }

            await transaction.SendAsync([new("ROLLBACK TO SAVEPOINT letter")], cancellationToken).ConfigureAwait(false);
            Lost.Add((letter, failure));
        }
    }

    private async Task KeepAsync(FlushTransaction transaction, DeadLetter letter, CancellationToken cancellationToken)
    {
        if (_deadLetters.ToCommand(letter) is { } command)
        {
            await transaction.SendAsync([command], cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await _deadLetters.KeepAsync(letter, cancellationToken).ConfigureAwait(false);
        }
    }
}
