namespace PgScale.Ddl.Execution;

/// <summary>Waits until replicas have replayed what was done before, so that steps and batches do not pile up on them.</summary>
internal sealed class ReplicaWait(RunContext run)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits.</summary>
    /// <exception cref="DdlException">A replica stayed behind for longer than the patience.</exception>
    internal async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        if (run.Lookout.FindLag() is null)
        {
            return;
        }

        var start = run.Time.GetTimestamp();
        var backoff = new Backoff(FirstPause, run.Options.LookInterval, run.Time);
        while (run.Lookout.FindLag() is { } behind)
        {
            if (run.Time.GetElapsedTime(start) >= run.Options.LockPatience)
            {
                throw new DdlException(
                    DdlFailure.Blocked,
                    $"It waited for PgScale:Ddl:LockPatience ({run.Options.LockPatience}) although {behind}. See why it does not replay, raise MaxReplicaLag, or set WatchReplicas to false if that replica serves nobody.");
            }

            run.Report.Waiting($"Waits because {behind}.");
            await backoff.PauseAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
