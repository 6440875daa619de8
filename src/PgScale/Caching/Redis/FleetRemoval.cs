namespace PgScale.Caching.Redis;

/// <summary>A removal of this process, until every process that may still serve the old value has said that it does not.</summary>
internal sealed class FleetRemoval(long sequence)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();

    private HashSet<string>? _waitingFor;

    internal long Sequence => sequence;

    internal Task Done => _done.Task;

    /// <summary>The removal came back to its sender: everybody who is a member by now was to hear it.</summary>
    internal void Heard(IEnumerable<string> members)
    {
        lock (_lock)
        {
            _waitingFor ??= new(members, StringComparer.Ordinal);
            Complete();
        }
    }

    internal void Acknowledged(string member)
    {
        lock (_lock)
        {
            _waitingFor?.Remove(member);
            Complete();
        }
    }

    /// <summary>Does not wait any longer for members whose lease has run out.</summary>
    internal void Release(Predicate<string> hasLapsed)
    {
        lock (_lock)
        {
            _waitingFor?.RemoveWhere(hasLapsed);
            Complete();
        }
    }

    private void Complete()
    {
        if (_waitingFor is { Count: 0 })
        {
            _done.TrySetResult();
        }
    }
}
