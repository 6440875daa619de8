namespace PgScale.Backfill.Running;

/// <summary>Counts rows that were set aside; those with an error of their own only up to a limit.</summary>
internal sealed class SetAsideRows(int most)
{
    private int _failed;
    private int _waiting;

    internal int Count => Volatile.Read(ref _failed) + Volatile.Read(ref _waiting);

    internal void AddWaiting() => Interlocked.Increment(ref _waiting);

    /// <summary>Whether one more row with an error may be set aside.</summary>
    internal bool TryAddFailed()
    {
        if (Interlocked.Increment(ref _failed) <= most)
        {
            return true;
        }

        Interlocked.Decrement(ref _failed);
        return false;
    }

    internal void StartFrom(int failed) => Volatile.Write(ref _failed, failed);
}
