using PgScale.Backfill.Ledger;
using PgScale.Backfill.Pacing;

namespace PgScale.Backfill.Running;

/// <summary>Walks one range from its position to its end, batch after batch.</summary>
internal sealed class RangeWorker
{
    // The pages of more rows than these do not stay in the processor's caches from one stripe to the next.
    private const int StretchRows = 64_000;

    private readonly RunContext _run;
    private readonly RunGate _gate;
    private readonly RangeClaim _claim;
    private readonly BatchRunner _batches;
    private readonly BatchSizer _sizer;
    private readonly RangeTrouble _trouble;
    private readonly StripeWatch _stripes;

    private RangePosition _position;
    private string[]? _next;
    private bool _isNextKnown;
    private int _nextRows;
    private long _unsavedVisited;
    private long _unsavedChanged;

    internal RangeWorker(RunContext run, RunnerSession session, RangeClaim claim)
    {
        _run = run;
        _claim = claim;
        _position = claim.Position;
        _gate = new(run, session, claim);
        _batches = new(session, run.Name, claim, run.StatementsOf(claim.Stage), run.Table.Oid);
        _sizer = new(run.Options.FirstBatchRows);
        _trouble = new(run.Options.AttemptsPerRow, run.Definition.Work is not null);
        _stripes = new(run, claim);
    }

    /// <summary>Returns the state in which the run is afterwards: Running when the range is done.</summary>
    internal async Task<BackfillState> RunAsync(CancellationToken cancellationToken)
    {
        while (!IsDone)
        {
            var state = await PassAsync(cancellationToken).ConfigureAwait(false);
            if (state != BackfillState.Running)
            {
                return state;
            }

            var order = await NextOrderAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await WorkAsync(order, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (_trouble.Concerns(failure, cancellationToken))
            {
                await EaseAsync(order, failure, cancellationToken).ConfigureAwait(false);
            }
        }

        await SaveAsync("", cancellationToken).ConfigureAwait(false);
        return BackfillState.Running;
    }

    private bool IsDone => !_position.IsStriped && _claim.Upper.AsSpan().SequenceEqual(_position.Cursor);

    private async Task<BackfillState> PassAsync(CancellationToken cancellationToken)
    {
        if (!_gate.IsOpen)
        {
            await SaveAsync(_gate.Reason, cancellationToken).ConfigureAwait(false);
        }

        return await _gate.PassAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<BatchOrder> NextOrderAsync(CancellationToken cancellationToken)
    {
        _sizer.Limit(_run.Pace.MaxBatchRows);
        if (!_position.IsStriped && _stripes.Stripes is { } stripes && !_trouble.IsCautious)
        {
            await FindNextAsync(StretchOf(stripes), cancellationToken).ConfigureAwait(false);
            _position = _position.BeginStretch(_next ?? _claim.Upper, stripes);
        }

        var (upper, rows) = await FindUpperAsync(cancellationToken).ConfigureAwait(false);
        var after = _position.After(upper);
        var isLast = !after.IsStriped && _claim.Upper.AsSpan().SequenceEqual(after.Cursor);
        var nextRows = after.IsStriped ? 1 : _stripes.Stripes is { } next ? StretchOf(next) : _sizer.Rows;
        return new(_position, upper, isLast, _unsavedVisited + Counted(rows), _unsavedChanged, _gate.Reason, after.Lower!, nextRows) { Rows = rows, Durability = Durability, IsListed = IsListed(upper, rows) };
    }

    // Named one by one, missing keys cost a look each: only where few are missing.
    private bool IsListed(string[] upper, int rows) =>
        _position is { IsStriped: true, Lower: { } lower } && _run.Table.Key.Span(lower, upper) is { } span && span / _position.Stripes <= (2L * rows) + 10;

    private int StretchOf(int stripes) => (int)Math.Min((long)_sizer.Rows * stripes, Math.Max(StretchRows, stripes));

    private string Durability => _run.Options.SynchronousCommit ? "on" : _run.Pace.FlushesEachBatch ? "local" : "off";

    private async Task<(string[] Upper, int Rows)> FindUpperAsync(CancellationToken cancellationToken)
    {
        var end = _position.StretchUpper ?? _claim.Upper;
        if (_trouble.IsCautious)
        {
            var rows = _trouble.Rows;
            return (await _batches.FindBoundAsync(_position.Lower, end, rows, cancellationToken).ConfigureAwait(false) ?? end, rows);
        }

        if (_position.IsStriped)
        {
            return (end, Math.Max(1, _nextRows / _position.Stripes));
        }

        await FindNextAsync(_sizer.Rows, cancellationToken).ConfigureAwait(false);
        return (_next ?? end, _nextRows);
    }

    // Usually the last batch has brought it along.
    private async Task FindNextAsync(int rows, CancellationToken cancellationToken)
    {
        if (!_isNextKnown)
        {
            (_next, _nextRows) = (await _batches.FindBoundAsync(_position.Lower, _claim.Upper, rows, cancellationToken).ConfigureAwait(false), rows);
            _isNextKnown = true;
        }
    }

    private async Task WorkAsync(BatchOrder order, CancellationToken cancellationToken)
    {
        using var activity = BackfillActivity.Batch(_run.Name, order);
        var startedAt = _run.Time.GetTimestamp();
        BatchOutcome outcome;
        try
        {
            outcome = await _batches.RunAsync(order, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            activity.Failed(failure);
            throw;
        }

        var took = _run.Time.GetElapsedTime(startedAt);
        activity.Done(outcome.Changed);
        Advance(order, outcome);
        _sizer.Observe(order.Rows, took, _run.Pace.BatchTime, _run.Pace.MaxBatchRows);
        _trouble.Passed(_sizer.Rows);
        _stripes.Observe(order, outcome);
        _gate.Done(Counted(order.Rows), outcome, took);
    }

    // The sweep looks at rows that were counted before.
    private int Counted(int rows) => _run.IsSweep(_claim.Stage) ? 0 : rows;

    private void Advance(BatchOrder order, BatchOutcome outcome)
    {
        _position = order.After;
        _unsavedVisited = 0;
        _unsavedChanged = outcome.Changed;
        if (!_position.IsStriped)
        {
            // A bound that was looked up for another size, or from another place, would still be right, but not be what is wanted.
            (_next, _nextRows, _isNextKnown) = (outcome.NextUpper, order.NextRows, !_trouble.IsCautious);
        }
    }

    private async Task EaseAsync(BatchOrder order, Exception failure, CancellationToken cancellationToken)
    {
        _run.Metrics.Retried(_run.Name, failure);
        switch (_trouble.Failed(order.Rows, failure))
        {
            case TroubleStep.Retry:
                await Task.Delay(_trouble.Delay(), _run.Time, cancellationToken).ConfigureAwait(false);
                _isNextKnown = false;
                break;
            case TroubleStep.SetAsideForLater:
                _run.SetAside.AddWaiting();
                await SetAsideAsync(order, failure, isWaiting: true, cancellationToken).ConfigureAwait(false);
                break;
            default:
                if (!_run.SetAside.TryAddFailed())
                {
                    throw BackfillFailedException.For(
                        _run.Name,
                        $"more than {_run.Options.MaxFailedRows} rows could not be changed, the last one with the key ({string.Join(", ", order.Upper)}): {failure.Message} Look into pgscale.backfill_row, repair the rows or the definition, and run it again, or raise PgScale:Backfill:MaxFailedRows.",
                        failure);
                }

                await SetAsideAsync(order, failure, isWaiting: false, cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    private async Task SetAsideAsync(BatchOrder order, Exception failure, bool isWaiting, CancellationToken cancellationToken)
    {
        var state = (failure as Npgsql.PostgresException)?.SqlState;
        await _batches.SetAsideAsync(order, state, RowError.Of(failure), isWaiting, cancellationToken).ConfigureAwait(false);
        ControlledBackfillLog.RowSetAside(_run.Logger, _run.Instance, _run.Name, string.Join(", ", order.Upper), state ?? failure.GetType().Name, isWaiting);
        _run.Metrics.SetAside(_run.Name, isWaiting);
        Advance(order, default);
        _isNextKnown = false;
        _trouble.Passed(_sizer.Rows);
    }

    private async Task SaveAsync(string limitedBy, CancellationToken cancellationToken)
    {
        var (visited, changed) = (_unsavedVisited, _unsavedChanged);
        (_unsavedVisited, _unsavedChanged) = (0, 0);
        await _gate.TouchAsync(limitedBy, visited, changed, cancellationToken).ConfigureAwait(false);
    }
}
