namespace PgScale.Routing;

/// <summary>What one read has gone through so far, shared by its attempts and its hedge.</summary>
internal sealed class ReadRun
{
    private readonly Lock _lock = new();

    private TriedNodes _tried;
    private TimeSpan _waited;
    private bool _healed;

    internal bool HasSent { get; set; }

    /// <summary>Chooses a node that was not tried yet, and counts it as tried.</summary>
    internal int Choose(TierView view, in ReadRequest request, bool covered)
    {
        lock (_lock)
        {
            var index = view.Choose(request, _tried, covered);
            if (index >= 0)
            {
                _tried.Add(view.Candidates[index].Lane);
            }

            return index;
        }
    }

    /// <summary>Whether there is a node that was not tried yet.</summary>
    internal bool HasAnother(TierView view, in ReadRequest request)
    {
        lock (_lock)
        {
            return view.Choose(request, _tried, covered: true) >= 0;
        }
    }

    internal TimeSpan WaitLeft(TimeSpan limit) => limit > _waited ? limit - _waited : TimeSpan.Zero;

    internal void Waited(TimeSpan time) => _waited += time;

    /// <summary>True once: a plan that is old again right after it was made anew has another cause. Its node may be used again.</summary>
    internal bool MayHeal()
    {
        lock (_lock)
        {
            _tried = default;
            return !_healed && (_healed = true);
        }
    }
}
