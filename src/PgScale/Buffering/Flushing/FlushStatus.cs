using Microsoft.Extensions.Logging;
using Npgsql;
using PgScale.Buffering.Sinks;

namespace PgScale.Buffering.Flushing;

/// <summary>How flushing goes: each change is logged once, everything is counted.</summary>
internal sealed class FlushStatus(string buffer, string target, ILogger logger, LazyWriteBufferMetrics metrics)
{
    private readonly Lock _lock = new();

    private Action<Exception>? _onStopped;
    private Exception? _trouble;
    private bool _isStopped;
    private long _lettersUnlogged;
    private bool _isFull;

    /// <summary>Why nothing can be written now; null when it can.</summary>
    internal Exception? Trouble => Volatile.Read(ref _trouble);

    /// <summary>Whether somebody has to change the table, the mapping or the rights.</summary>
    internal bool IsStopped => Volatile.Read(ref _isStopped);

    internal bool IsTroubled => Trouble is not null;

    internal string Buffer => buffer;

    internal string Target => target;

    internal void OnStopped(Action<Exception> tell) => _onStopped = tell;

    internal void Succeeded(int attempt)
    {
        if (Trouble is null)
        {
            return;
        }

        lock (_lock)
        {
            if (_trouble is not null)
            {
                LazyWriteBufferLog.Recovered(logger, buffer, target, attempt);
                _trouble = null;
                _isStopped = false;
            }
        }
    }

    internal void Failed(Exception failure, int attempt)
    {
        metrics.Retried(buffer, failure);
        lock (_lock)
        {
            if (_trouble is null)
            {
                LazyWriteBufferLog.FlushFailed(logger, buffer, target, Reason(failure));
            }

            _trouble = failure;
        }
    }

    internal void Stopped(Exception failure)
    {
        metrics.Retried(buffer, failure);
        lock (_lock)
        {
            if (!_isStopped)
            {
                LazyWriteBufferLog.TableRefused(logger, buffer, target, Reason(failure));
            }

            _isStopped = true;
            _trouble = failure;
        }

        _onStopped?.Invoke(new BufferStoppedException($"Buffer '{buffer}' cannot write to {target}: {Reason(failure)} It keeps what it holds and tries again.", failure));
    }

    internal void Flushed(RowBatch batch, LaneReport report, TimeSpan duration)
    {
        metrics.Flushed(buffer, batch, report, duration);
        if (Interlocked.Exchange(ref _lettersUnlogged, 0) is > 0 and var letters)
        {
            LazyWriteBufferLog.RowsRefused(logger, buffer, target, letters, batch.Rows);
        }

        Volatile.Write(ref _isFull, false);
    }

    internal void Buried(DeadLetter letter)
    {
        Interlocked.Increment(ref _lettersUnlogged);
        metrics.Buried(buffer, letter.SqlState);
    }

    internal void LetterLost(DeadLetter letter, Exception failure)
    {
        metrics.Dropped(buffer, 1, "dead_letter_refused");
        LazyWriteBufferLog.LetterLost(logger, buffer, letter.Target, Kind(letter.Error), Kind(failure));
    }

    internal void ItemLost(Exception failure)
    {
        metrics.Dropped(buffer, 1, "unusable");
        LazyWriteBufferLog.ItemLost(logger, buffer, target, Kind(failure));
    }

    internal void Abandoned(RowBatch batch, Exception failure, bool isGivenUp)
    {
        if (!isGivenUp)
        {
            metrics.Dropped(buffer, batch.Items, "defect");
            LazyWriteBufferLog.BatchLost(logger, failure, buffer, target, batch.Rows);
        }
    }

    internal void Overflowed(string policy, long items)
    {
        metrics.Dropped(buffer, items, policy);
        if (!Interlocked.Exchange(ref _isFull, true))
        {
            LazyWriteBufferLog.Full(logger, buffer, policy);
        }
    }

    internal void Left(long items)
    {
        if (items > 0)
        {
            metrics.Dropped(buffer, items, "shutdown");
            LazyWriteBufferLog.LeftAtShutdown(logger, buffer, target, items);
        }
    }

    // A server's Detail and Where may hold values of a row, and what it says of a row quotes them; so may what a delegate of the user throws.
    private static string Reason(Exception failure) => FlushFailures.Classify(failure) switch
    {
        FlushFailure.Row => $"A row is refused ({Kind(failure)}).",
        FlushFailure.Unknown when failure is not PostgresException => $"A delegate or the client failed ({Kind(failure)}).",
        _ => failure is PostgresException refused ? $"{refused.MessageText} (SQLSTATE {refused.SqlState})." : failure.Message,
    };

    private static string Kind(Exception failure) => (failure as PostgresException)?.SqlState ?? failure.GetType().Name;
}
