using PgScale.Backfill.Ledger;

namespace PgScale.Backfill.Running;

/// <summary>Whether the next stretch of a range is striped: as chosen, until it is seen that the new row versions find no room on their pages.</summary>
internal sealed class StripeWatch(RunContext run, RangeClaim claim)
{
    private const double LeastHot = 0.3;
    private const int Enough = 2_000;

    private long _updated;
    private long _hot;
    private (long Updated, long Hot) _last;

    internal int? Stripes => run.IsSweep(claim.Stage) ? null : run.Stripes.Stripes;

    internal void Observe(BatchOrder order, BatchOutcome outcome)
    {
        // The server's counters of a session begin anew now and then.
        var before = outcome.Versions.Updated >= _last.Updated ? _last : default;
        var isFirst = order.Before.Stripe == 0; // its rows cannot have found room
        _last = outcome.Versions;
        if (!order.Before.IsStriped || isFirst)
        {
            return;
        }

        _updated += outcome.Versions.Updated - before.Updated;
        _hot += outcome.Versions.Hot - before.Hot;
        if (_updated >= Enough && _hot < _updated * LeastHot)
        {
            run.Stripes.GiveUp(_updated, _hot);
            ControlledBackfillLog.StripesGivenUp(run.Logger, run.Instance, run.Name, _hot, _updated);
            (_updated, _hot) = (0, 0);
        }
        else if (_updated > 50 * Enough)
        {
            (_updated, _hot) = (_updated / 2, _hot / 2);
        }
    }
}
