namespace PgScale.Caching.Redis;

/// <summary>Turns times of Redis' clock into times of this process' clock, by what the last heartbeat said.</summary>
/// <remarks>The answer's time is taken for that of the question: so what expires there is never served here after it.</remarks>
internal sealed class RedisClock
{
    private long _offset;

    internal void Learn(long redisMicroseconds, long askedAt) => Volatile.Write(ref _offset, (redisMicroseconds / 1_000) - askedAt);

    internal long ToLocal(long redisMicroseconds) => (redisMicroseconds / 1_000) - Volatile.Read(ref _offset);
}
