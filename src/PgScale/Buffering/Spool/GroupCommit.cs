namespace PgScale.Buffering.Spool;

/// <summary>
/// One loop that writes to the disk for all who wait, and sleeps while nothing is appended. A failed fsync is final: the system may have
/// dropped the pages and report success the next time, so nobody is told again that anything is durable.
/// </summary>
internal sealed class GroupCommit : IAsyncDisposable
{
    private readonly SpoolSettings _settings;
    private readonly Func<long> _commit;
    private readonly Action _prepare;
    private readonly SemaphoreSlim _work = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    private TaskCompletionSource _round = NewRound();
    private long _durable;
    private int _isAwake;
    private SpoolException? _failure;

    /// <param name="settings">How often, and by which clock.</param>
    /// <param name="durable">What is on disk already.</param>
    /// <param name="prepare">What to do first each time; its refusals are its own.</param>
    /// <param name="commit">Writes everything appended so far to the disk and returns the last sequence number of it.</param>
    internal GroupCommit(SpoolSettings settings, long durable, Action prepare, Func<long> commit)
    {
        _settings = settings;
        _durable = durable;
        _prepare = prepare;
        _commit = commit;
        using (ExecutionContext.SuppressFlow()) // or the loop would keep alive whatever the first caller's context holds
        {
            _loop = Task.Run(RunAsync);
        }
    }

    internal SpoolException? Failure => Volatile.Read(ref _failure);

    /// <summary>Says that there is something to do. Costs next to nothing while that is known.</summary>
    internal void Wake()
    {
        if (Volatile.Read(ref _isAwake) == 0 && Interlocked.Exchange(ref _isAwake, 1) == 0)
        {
            _work.Release();
        }
    }

    internal ValueTask WaitAsync(long sequence, CancellationToken cancellationToken) =>
        !_settings.IsEverFlushed || Volatile.Read(ref _durable) >= sequence
            ? ValueTask.CompletedTask
            : new(WaitForRoundAsync(sequence, cancellationToken));

    /// <summary>Ends the loop; the last commit is the caller's to make, by <see cref="Commit"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
        _work.Dispose();
    }

    internal void Commit()
    {
        if (Failure is not null)
        {
            return;
        }

        try
        {
            Volatile.Write(ref _durable, _commit());
        }
        catch (Exception problem)
        {
            Fail(problem);
        }

        var done = Interlocked.Exchange(ref _round, NewRound());
        done.TrySetResult();
    }

    private static TaskCompletionSource NewRound() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await _work.WaitAsync(_stop.Token).ConfigureAwait(false);
                _prepare();
                if (_settings.IsEverFlushed && _settings.FsyncInterval > TimeSpan.Zero)
                {
                    await Task.Delay(_settings.FsyncInterval, _settings.Time, _stop.Token).ConfigureAwait(false);
                }

                Interlocked.Exchange(ref _isAwake, 0); // before the commit: what is appended during it wakes the loop again
                if (_settings.IsEverFlushed)
                {
                    Commit();
                    _prepare(); // what came back during the pause found the loop awake, and woke nobody
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The owner disposes.
        }
    }

    private async Task WaitForRoundAsync(long sequence, CancellationToken cancellationToken)
    {
        while (true)
        {
            var round = Volatile.Read(ref _round);
            if (Volatile.Read(ref _durable) >= sequence)
            {
                return;
            }

            if (Failure is { } failure)
            {
                throw new SpoolException(failure.Problem, failure.Path, failure.Message, failure);
            }

            await round.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Fail(Exception problem)
    {
        SpoolException failure = new(
            SpoolProblem.DiskFailed, _settings.Directory,
            $"The disk under the spool directory '{_settings.Directory}' failed while records were written through to it: {problem.Message} "
            + "What was not reported durable may be lost. Check the disk, then restart the process.",
            problem);
        Volatile.Write(ref _failure, failure);
        SpoolMessages.DiskFailed(_settings.Logger, problem, _settings.Directory);
    }
}
