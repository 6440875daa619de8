namespace PgScale.Buffering.Flushing;

/// <summary>The dead letters of one batch: each is kept once if the target is on the server, else at least once, and lost only when the target refuses it again and again.</summary>
internal sealed class DeadLetterDesk(DeadLetterTarget target, Func<BadRow, DeadLetter> write, FlushStatus status)
{
    private const int Patience = 5;

    private readonly Dictionary<int, int> _refusals = [];
    private readonly HashSet<int> _done = []; // kept elsewhere, or lost

    /// <summary>Keeps letters that do not go to the server, one after the other.</summary>
    /// <exception cref="LetterRefusedException">The target refused one.</exception>
    internal async Task KeepElsewhereAsync(Piece piece, CancellationToken cancellationToken)
    {
        foreach (var (bad, letter) in ToKeep(piece).Where(kept => target.ToCommand(kept.Letter) is null))
        {
            try
            {
                await target.KeepAsync(letter, cancellationToken).ConfigureAwait(false);
                _done.Add(bad.Row);
                status.Buried(letter);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                throw new LetterRefusedException(bad.Row, failure);
            }
        }
    }

    /// <summary>Puts the other letters into a transaction.</summary>
    /// <returns>False when they were committed before.</returns>
    /// <exception cref="LetterRefusedException">The target refused one.</exception>
    internal async Task<bool> SendAsync(FlushTransaction transaction, Piece piece, CancellationToken cancellationToken)
    {
        foreach (var (bad, letter) in ToKeep(piece))
        {
            try
            {
                if (!await transaction.SendAsync([target.ToCommand(letter)!], cancellationToken).ConfigureAwait(false))
                {
                    return false;
                }
            }
            catch (Exception failure) when (FlushFailures.Classify(failure) is FlushFailure.Row or FlushFailure.Unknown)
            {
                throw new LetterRefusedException(bad.Row, failure);
            }
        }

        return true;
    }

    /// <summary>Whether a piece has letters that belong into its transaction.</summary>
    internal bool HasToSend(Piece piece) => piece.Bad.Any(bad => !_done.Contains(bad.Row));

    /// <summary>Counts a refusal; a letter that was refused too often is given up.</summary>
    internal void Refused(Piece piece, LetterRefusedException refusal)
    {
        var times = _refusals[refusal.Row] = _refusals.GetValueOrDefault(refusal.Row) + 1;
        if (times >= Patience)
        {
            _done.Add(refusal.Row);
            status.LetterLost(write(piece.Bad.First(bad => bad.Row == refusal.Row)), refusal.InnerException!);
        }
    }

    /// <summary>Told when the transaction of a piece is committed.</summary>
    internal void Committed(Piece piece, LaneReport report)
    {
        foreach (var (_, letter) in ToKeep(piece))
        {
            status.Buried(letter);
        }

        for (var letter = 0; letter < piece.Bad.Count; letter++)
        {
            report.Refused();
        }
    }

    private List<(BadRow Bad, DeadLetter Letter)> ToKeep(Piece piece) => [.. piece.Bad.Where(bad => !_done.Contains(bad.Row)).Select(bad => (bad, write(bad)))];
}
