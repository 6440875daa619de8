namespace PgScale.Caching.Redis;

/// <summary>A command that was sent and not answered yet; a link of the list that <see cref="RedisCalls"/> watches.</summary>
internal abstract class RedisCall(long sentAt)
{
    internal long SentAt => sentAt;

    internal RedisCall? Previous { get; set; }

    internal RedisCall? Next { get; set; }

    /// <summary>Lets the caller go on without the answer.</summary>
    internal abstract void Abandon();
}
