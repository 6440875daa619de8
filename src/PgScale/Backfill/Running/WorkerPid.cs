namespace PgScale.Backfill.Running;

/// <summary>A worker's server process, known to the signals while it works: its own activity is not the application's.</summary>
internal sealed class WorkerPid : IDisposable
{
    private readonly RunContext _run;
    private readonly int _pid;

    internal WorkerPid(RunContext run, int pid)
    {
        (_run, _pid) = (run, pid);
        run.Workers[pid] = true;
    }

    public void Dispose() => _run.Workers.TryRemove(_pid, out _);
}
