namespace PgScale.Testing.Proxy;

/// <summary>The current faults, and a way to wait until they change.</summary>
internal sealed class FaultState
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Faults Current { get; private set; } = Faults.None;

    public void Change(Func<Faults, Faults> change)
    {
        TaskCompletionSource before;
        lock (_lock)
        {
            Current = change(Current);
            before = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        before.SetResult();
    }

    public async ValueTask WhileBlackHoleAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (!Current.IsBlackHole)
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
