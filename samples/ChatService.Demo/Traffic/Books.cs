using System.Collections.Concurrent;

namespace PgScale.Samples.ChatService.Demo.Traffic;

/// <summary>What the people of one side remember: all they sent, and what they saw since the last scene began.</summary>
internal sealed class Books(TimeProvider time)
{
    private Tally _tally = new(time);
    private long _requests;

    /// <summary>The ids of all messages whose sending was confirmed.</summary>
    public ConcurrentQueue<Guid> Sent { get; } = new();

    /// <summary>All requests that were made, since the start.</summary>
    public long Requests => Volatile.Read(ref _requests);

    public Tally Tally => Volatile.Read(ref _tally);

    public void CountRequest() => Interlocked.Increment(ref _requests);

    /// <summary>Begins to count anew and returns the new counter.</summary>
    public Tally StartTally()
    {
        var tally = new Tally(time);
        Volatile.Write(ref _tally, tally);
        return tally;
    }
}
