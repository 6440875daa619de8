namespace PgScale.Buffering.Holding;

/// <summary>Those who wait for room, first come first woken.</summary>
internal sealed class RoomWaiters(int most)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = new();

    private bool _closed;

    /// <summary>Whether anybody waits.</summary>
    internal bool Any
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count > 0;
            }
        }
    }

    /// <summary>Takes a place in the queue; null when it is full.</summary>
    internal LinkedListNode<TaskCompletionSource>? Join()
    {
        lock (_lock)
        {
            if (_waiting.Count >= most)
            {
                return null;
            }

            var place = _waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            if (_closed)
            {
                place.Value.SetResult();
            }

            return place;
        }
    }

    /// <summary>A place at the front for one who was woken and found no room: it has waited the longest. Nobody else is woken.</summary>
    internal LinkedListNode<TaskCompletionSource> Rejoin()
    {
        lock (_lock)
        {
            var place = _waiting.AddFirst(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            if (_closed)
            {
                place.Value.SetResult();
            }

            return place;
        }
    }

    /// <summary>Gives a place up. One who was woken wakes the next: there may be room for both.</summary>
    internal void Leave(LinkedListNode<TaskCompletionSource> place)
    {
        lock (_lock)
        {
            if (place.List is not null)
            {
                _waiting.Remove(place);
            }
            else
            {
                WakeOne();
            }
        }
    }

    /// <summary>Wakes as many as there are places now.</summary>
    internal void Wake(int places)
    {
        lock (_lock)
        {
            for (var left = places; left > 0 && _waiting.Count > 0; left--)
            {
                WakeOne();
            }
        }
    }

    /// <summary>Wakes everybody, now and later.</summary>
    internal void Close()
    {
        lock (_lock)
        {
            _closed = true;
        }

        Wake(int.MaxValue);
    }

    private void WakeOne()
    {
        if (_waiting.First is { } first)
        {
            _waiting.RemoveFirst();
            first.Value.TrySetResult();
        }
    }
}
