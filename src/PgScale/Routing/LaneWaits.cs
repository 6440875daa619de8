namespace PgScale.Routing;

/// <summary>The work under way on one node: what is told when the node is given up.</summary>
internal sealed class LaneWaits
{
    /// <summary>For work that may not be done again.</summary>
    internal const long Never = long.MinValue;

    private const int MostKept = 128;

    private readonly Lock _lock = new();

    private LaneWait? _first;
    private LaneWait? _unused;
    private int _kept;
    private bool _isDown;

    /// <summary>Whether the node was found gone.</summary>
    internal bool IsDown => Volatile.Read(ref _isDown);

    /// <summary>Begins to wait for work; nothing comes of it on a node that is gone.</summary>
    /// <param name="repeatableSince">When the work began, if it may be done again elsewhere on a mere suspicion; <see cref="Never"/> if not.</param>
    /// <param name="isReusable">False when somebody else keeps the wait, to give it up later.</param>
    internal LaneWait Begin(long repeatableSince, bool isReusable = true)
    {
        lock (_lock)
        {
            var wait = (isReusable ? TakeUnused() : null) ?? new(this, isReusable);
            wait.RepeatableSince = repeatableSince;
            if (_isDown)
            {
                wait.Abandon();
            }
            else
            {
                Link(wait);
            }

            return wait;
        }
    }

    /// <summary>Takes a wait out; false when somebody else has.</summary>
    internal bool Remove(LaneWait wait)
    {
        lock (_lock)
        {
            return wait.IsListed && Unlink(wait);
        }
    }

    internal void Return(LaneWait wait)
    {
        lock (_lock)
        {
            if (_kept < MostKept)
            {
                _kept++;
                wait.Next = _unused;
                _unused = wait;
            }
        }
    }

    /// <summary>Gives up all work, and what begins until the node is back. False when that was so already.</summary>
    internal bool GoDown()
    {
        lock (_lock)
        {
            if (_isDown)
            {
                return false;
            }

            Volatile.Write(ref _isDown, true);
            GiveUp(youngerThan: Never);
            return true;
        }
    }

    /// <summary>Takes work again. False when it did not stop.</summary>
    internal bool ComeUp()
    {
        lock (_lock)
        {
            var wasDown = _isDown;
            Volatile.Write(ref _isDown, false);
            return wasDown;
        }
    }

    /// <summary>Gives up the work that may be done again elsewhere and began after a time.</summary>
    internal void GiveUpRepeatable(long youngerThan)
    {
        lock (_lock)
        {
            GiveUp(youngerThan);
        }
    }

    private void GiveUp(long youngerThan)
    {
        for (var wait = _first; wait is not null;)
        {
            var next = wait.Next;
            if (wait.RepeatableSince >= youngerThan)
            {
                Unlink(wait);
                wait.Abandon();
            }

            wait = next;
        }
    }

    private LaneWait? TakeUnused()
    {
        if (_unused is { } wait)
        {
            _kept--;
            _unused = wait.Next;
            wait.Next = null;
            return wait;
        }

        return null;
    }

    private void Link(LaneWait wait)
    {
        wait.IsListed = true;
        wait.Next = _first;
        if (_first is not null)
        {
            _first.Previous = wait;
        }

        _first = wait;
    }

    private bool Unlink(LaneWait wait)
    {
        if (wait.Previous is null)
        {
            _first = wait.Next;
        }
        else
        {
            wait.Previous.Next = wait.Next;
        }

        if (wait.Next is not null)
        {
            wait.Next.Previous = wait.Previous;
        }

        (wait.Previous, wait.Next, wait.IsListed) = (null, null, false);
        return true;
    }
}
