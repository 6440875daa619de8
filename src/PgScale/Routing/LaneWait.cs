using System.Threading.Tasks.Sources;

namespace PgScale.Routing;

/// <summary>Waits for work on a node until it ends or the node is given up, whichever comes first.</summary>
/// <remarks>
/// In place of <see cref="Task.WhenAny(Task, Task)"/>, whose continuation on a task that all reads share costs a lock, a list and an
/// allocation for each of them. Whoever takes the wait out of its list ends it, so it is ended once; one that its work has ended is
/// used again.
/// </remarks>
internal sealed class LaneWait : IValueTaskSource<bool>, IThreadPoolWorkItem
{
    private readonly LaneWaits _waits;
    private readonly bool _isReusable;
    private readonly Action _onWorkEnded;

    private ManualResetValueTaskSourceCore<bool> _source;

    internal LaneWait(LaneWaits waits, bool isReusable)
    {
        _waits = waits;
        _isReusable = isReusable;
        _onWorkEnded = OnWorkEnded;
    }

    internal LaneWait? Previous { get; set; }

    internal LaneWait? Next { get; set; }

    internal bool IsListed { get; set; }

    /// <summary>When the work began, if it may be done again elsewhere on a mere suspicion; otherwise the least value.</summary>
    internal long RepeatableSince { get; set; }

    /// <summary>True when the work has ended, false when the node is given up.</summary>
    internal ValueTask<bool> Until(Task work)
    {
        var result = new ValueTask<bool>(this, _source.Version);
        work.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_onWorkEnded);
        return result;
    }

    /// <summary>Ends the wait before its work has ended; nothing when it has ended already. Not for one that is used again.</summary>
    internal void GiveUp()
    {
        if (_waits.Remove(this))
        {
            Abandon();
        }
    }

    /// <summary>Ends a wait that was taken out of its list; its reader goes on on another thread.</summary>
    internal void Abandon() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    void IThreadPoolWorkItem.Execute() => _source.SetResult(false);

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        var hasEnded = _source.GetResult(token);
        if (hasEnded && _isReusable)
        {
            _source.Reset();
            _waits.Return(this); // after being given up its work may still end, and must not be taken for the next one's
        }

        return hasEnded;
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void OnWorkEnded()
    {
        if (_waits.Remove(this))
        {
            _source.SetResult(true);
        }
    }
}
