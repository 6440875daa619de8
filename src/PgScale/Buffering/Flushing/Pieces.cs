using PgScale.Buffering.Sinks;

namespace PgScale.Buffering.Flushing;

/// <summary>What of a batch is still to be written, in order, and how a failure divides it.</summary>
/// <remarks>
/// A row that was refused travels as a dead letter with the rows around it, in one transaction: in durable mode nothing may be entered into the
/// ledger before what comes before it is written. One bad row whose line is named costs one more COPY; from the second one on the rows
/// before it are written by themselves, or many bad rows would have all rows sent again for each: k bad rows cost at most 2k + 1 COPYs.
/// </remarks>
internal sealed class Pieces
{
    private const int PatienceWithUnknown = 5;

    private readonly Stack<Piece> _pieces = new();

    /// <summary>Keys of a merge may be many more than rows of a full batch: locks are held for one part of them at a time.</summary>
    internal Pieces(int rows, int rowsAtOnce)
    {
        for (var from = (rows - 1) / rowsAtOnce * rowsAtOnce; from >= 0; from -= rowsAtOnce)
        {
            _pieces.Push(new(new RowRange(from, Math.Min(from + rowsAtOnce, rows))));
        }
    }

    /// <summary>The next one; null when all is written.</summary>
    internal Piece? Next() => _pieces.TryPop(out var piece) ? piece : null;

    /// <summary>Puts back the pieces into which a failure divides one; false when the same is to be tried again.</summary>
    internal bool TryDivide(Piece piece, Exception failure, int attempt, bool wouldNameRow)
    {
        var kind = FlushFailures.Classify(failure);
        if (kind == FlushFailure.TooLong && attempt > 1 && piece.Rows.Count > 1)
        {
            Halve(piece);
            return true;
        }

        if (kind != FlushFailure.Row && (kind != FlushFailure.Unknown || attempt < PatienceWithUnknown))
        {
            return false;
        }

        if (FlushFailures.NamedRow(failure, piece.Rows) is { } row)
        {
            LeaveOut(piece, new(row, failure));
        }
        else if (!piece.IsSuspect && wouldNameRow)
        {
            _pieces.Push(piece with { IsSuspect = true });
        }
        else if (piece.Rows.Count == 1)
        {
            Bury(piece.Without(new(piece.Rows.At(0)!.Value, failure)));
        }
        else
        {
            Halve(piece);
        }

        return true;
    }

    /// <summary>Puts back a piece with rows that are perhaps bad, each by itself: only the table says whether they are.</summary>
    internal void Part(Piece piece, IEnumerable<int> suspects)
    {
        List<Piece> parts = [];
        foreach (var row in suspects)
        {
            parts.Add(piece.Before(row));
            parts.Add(piece.From(row).Before(row + 1) with { IsSuspect = true });
            piece = piece.From(row + 1);
        }

        parts.Add(piece);
        parts.Reverse();
        parts.Where(part => part.Range.Count > 0).ToList().ForEach(_pieces.Push);
    }

    private void LeaveOut(Piece piece, BadRow bad)
    {
        if (piece.Bad.Count == 0)
        {
            _pieces.Push(piece.Without(bad));
            return;
        }

        _pieces.Push(piece.From(bad.Row).Without(bad));
        Push(piece.Before(bad.Row));
    }

    // A dead letter alone goes with the rows behind it.
    private void Bury(Piece letter)
    {
        _pieces.Push(_pieces.TryPeek(out var next) && next.Range.From == letter.Range.End
            ? _pieces.Pop() with { Range = new(letter.Range.From, next.Range.End), Bad = [.. letter.Bad, .. next.Bad] }
            : letter);
    }

    private void Halve(Piece piece)
    {
        var middle = piece.Rows.At(piece.Rows.Count / 2)!.Value;
        Push(piece.From(middle));
        Push(piece.Before(middle));
    }

    private void Push(Piece piece)
    {
        if (piece.Range.Count > 0)
        {
            _pieces.Push(piece);
        }
    }
}
