namespace PgScale.Routing;

/// <summary>What one read needs and has gone through so far, shared by its attempts and its hedge.</summary>
internal class ReadRun(in ReadRequest request)
{
    private readonly ReadRequest _request = request;

    private TriedNodes _tried;
    private TimeSpan _waited;
    private bool _healed;
    private int _turn;

    internal ref readonly ReadRequest Request => ref _request;

    internal TierRoute Tier => _request.Tier;

    /// <summary>Whether the token is checked in the round trip of the read, not before.</summary>
    internal bool ChecksTokenLater { get; init; }

    internal bool HasSent { get; set; }

    /// <summary>Whether the node of the first attempt looked slow when the hedge was sent.</summary>
    internal bool IsOnSlowNode { get; set; }

    /// <summary>The lane of the latest attempt.</summary>
    internal NodeLane? Latest { get; private set; }

    /// <summary>Chooses a node that was not tried yet, and counts it as tried.</summary>
    internal Candidate? Choose(TierView view, bool covered)
    {
        TakeTurn();
        var index = view.Choose(_request, _tried, covered);
        if (index < 0)
        {
            EndTurn();
            return null;
        }

        var chosen = view.Candidates[index];
        _tried.Add(chosen.Lane);
        Latest = chosen.Lane;
        EndTurn();
        return chosen;
    }

    /// <summary>Whether there is a node that was not tried yet.</summary>
    internal bool HasAnother(TierView view)
    {
        TakeTurn();
        var index = view.Choose(_request, _tried, covered: true);
        EndTurn();
        return index >= 0;
    }

    internal TimeSpan WaitLeft(TimeSpan limit) => limit > _waited ? limit - _waited : TimeSpan.Zero;

    internal void Waited(TimeSpan time) => _waited += time;

    /// <summary>True once: a plan that is old again right after it was made anew has another cause. Its node may be used again.</summary>
    internal bool MayHeal()
    {
        TakeTurn();
        _tried = default;
        var isFirst = !_healed;
        _healed = true;
        EndTurn();
        return isFirst;
    }

    // A read and its hedge, the only two that ever meet here, stay for tens of nanoseconds: a lock would cost every read an object.
    private void TakeTurn()
    {
        var spin = default(SpinWait);
        while (Interlocked.CompareExchange(ref _turn, 1, 0) != 0)
        {
            spin.SpinOnce();
        }
    }

    private void EndTurn() => Volatile.Write(ref _turn, 0);
}
