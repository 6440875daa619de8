namespace PgScale.Caching.Redis;

/// <summary>What runs inside Redis, each at one moment for everybody. KEYS: value, lock, removal, waiters of one key.</summary>
/// <remarks>
/// A value begins with two times of Redis' clock in microseconds, 16 digits each, so that text order is time order: when it was
/// stored, and when it expires. Only Redis' clock is used: those of the processes may differ.
/// </remarks>
internal static class RedisScripts
{
    private const string Now = """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]

        """;

    // A name of ours that holds another type was written by a stranger: it goes, or its key would never be cached again.
    private const string Text = """
        local function text(name)
            local found = redis.pcall('GET', name)
            if type(found) ~= 'table' then return found end
            redis.call('DEL', name)
            return false
        end

        """;

    private const string Wake = """
        local function wake(prefix, message)
            local processes = redis.pcall('SMEMBERS', KEYS[4])
            if processes.err then processes = {} end
            for _, process in ipairs(processes) do redis.call('PUBLISH', prefix .. process, message) end
            redis.call('DEL', KEYS[4])
        end

        """;

    // The greatest token wins; its first 24 characters are in order. pcall: a full Redis refuses the record, but not the removal.
    private const string Keep = Text + """
        local function keep(name, token, memory)
            if token == '' then return end
            local known = text(name)
            if not known or string.sub(known, 1, 24) < string.sub(token, 1, 24) then redis.pcall('SET', name, token, 'PX', memory)
            else redis.call('PEXPIRE', name, memory) end
        end

        """;

    /// <summary>
    /// The value if there is another than the caller knows, else the lock, else a place among those who are told when it is free. Read,
    /// lock and subscription are one step, so no wake-up can be lost between them. ARGV: owner, lease, first bytes of the known value, process.
    /// </summary>
    internal const string Acquire = Now + Text + """
        local value = text(KEYS[1])
        if value and string.sub(value, 1, 16) ~= ARGV[3] and (tonumber(string.sub(value, 17, 32)) or 0) > now then return {1, value} end
        if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then
            if value and string.sub(value, 1, 16) == ARGV[3] then value = '' end
            return {2, text(KEYS[3]) or '', value or ''}
        end
        if redis.call('PTTL', KEYS[2]) < 0 then redis.call('PEXPIRE', KEYS[2], ARGV[2]) end
        if redis.call('TYPE', KEYS[4]).ok ~= 'set' then redis.call('DEL', KEYS[4]) end
        redis.call('SADD', KEYS[4], ARGV[4])
        redis.call('PEXPIRE', KEYS[4], 60000)
        return {0, redis.call('PTTL', KEYS[2]), text(KEYS[3]) or ''}
        """;

    /// <summary>
    /// Stores, unlocks and tells those who wait, if the lock is still the caller's: a removal takes it away. ARGV: owner, value,
    /// expiration in ms, lifetime in ms, channel prefix, message.
    /// </summary>
    internal const string Commit = Now + Wake + Text + """
        if text(KEYS[2]) ~= ARGV[1] then return 0 end
        redis.call('SET', KEYS[1], string.format('%.0f%.0f', now, now + ARGV[3] * 1000) .. ARGV[2], 'PX', ARGV[4])
        redis.call('DEL', KEYS[2])
        wake(ARGV[5], ARGV[6])
        return string.format('%.0f', now)
        """;

    /// <summary>Unlocks and tells those who wait, if the lock is still the caller's. ARGV: owner, channel prefix, message.</summary>
    internal const string Release = Wake + """
        if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
        redis.call('DEL', KEYS[2])
        wake(ARGV[2], ARGV[3])
        return 1
        """;

    /// <summary>Lets the lock live on if it is still the caller's. ARGV: owner, lease.</summary>
    internal const string Extend = """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        return redis.call('PEXPIRE', KEYS[1], ARGV[2])
        """;

    /// <summary>
    /// Removes the value, takes the lock from whoever loads, keeps the token, tells everybody. ARGV: token, memory in ms, channel
    /// prefix, message to those who wait, fleet channel, message to all.
    /// </summary>
    internal const string Remove = Wake + Keep + RemoveIt;

    /// <summary>The same, unless Redis knows the token or a greater one: for a Redis that lost its data, by all who remember.</summary>
    internal const string Remind = Wake + Keep + """
        local before = text(KEYS[3])
        if before and string.sub(before, 1, 24) >= string.sub(ARGV[1], 1, 24) then return 0 end

        """ + RemoveIt;

    private const string RemoveIt = """
        redis.call('DEL', KEYS[1], KEYS[2])
        keep(KEYS[3], ARGV[1], ARGV[2])
        wake(ARGV[3], ARGV[4])
        return redis.call('PUBLISH', ARGV[5], ARGV[6])
        """;

    /// <summary>
    /// Stores a value that needed no load: the lock goes, others drop what they have. One that may be from before a removal is removed
    /// instead: who set it did not know of that removal. ARGV: value, expiration in ms, lifetime in ms,
    /// token, memory in ms, channel prefix, message to those who wait, fleet channel, message to all before and after the stamp.
    /// </summary>
    internal const string Set = Now + Wake + Keep + """
        local stamp = string.format('%.0f', now)
        local asked = text(KEYS[3])
        if asked and string.sub(ARGV[4], 1, 24) < string.sub(asked, 1, 24) then redis.call('DEL', KEYS[1])
        else redis.call('SET', KEYS[1], stamp .. string.format('%.0f', now + ARGV[2] * 1000) .. ARGV[1], 'PX', ARGV[3]) end
        redis.call('DEL', KEYS[2])
        keep(KEYS[3], ARGV[4], ARGV[5])
        wake(ARGV[6], ARGV[7])
        redis.call('PUBLISH', ARGV[8], ARGV[9] .. stamp .. ARGV[10])
        return stamp
        """;

    /// <summary>
    /// Gives a tag a new version and tells everybody. KEYS: the tag. ARGV: token, memory in ms, fleet channel, message before and after
    /// the version.
    /// </summary>
    internal const string RemoveTag = Now + Text + RemoveTheTag;

    /// <summary>The same, unless Redis knows the token or a greater one.</summary>
    internal const string RemindTag = Now + Text + """
        local told = text(KEYS[1])
        if told and string.sub(told, 17, 40) >= string.sub(ARGV[1], 1, 24) then return 0 end

        """ + RemoveTheTag;

    private const string RemoveTheTag = """
        local known = text(KEYS[1])
        local version = string.format('%.0f', now)
        local token = ARGV[1]
        if known then
            local before = string.sub(known, 1, 16)
            if version <= before then version = string.format('%.0f', tonumber(before) + 1) end
            local older = string.sub(known, 17)
            if string.sub(token, 1, 24) < string.sub(older, 1, 24) then token = older end
        end
        redis.call('SET', KEYS[1], version .. token, 'PX', ARGV[2])
        redis.call('PUBLISH', ARGV[3], ARGV[4] .. version .. ARGV[5])
        return version
        """;

    /// <summary>
    /// The record of a tag. One that is not there gets a version that none had before, and all are told: it may have been evicted, and
    /// values from before its removals would pass for good. KEYS: the tag. ARGV: memory in ms, fleet channel, message before and after the version.
    /// </summary>
    internal const string LearnTag = Now + Text + """
        local known = text(KEYS[1])
        if known then return known end
        local version = string.format('%.0f', now)
        redis.call('SET', KEYS[1], version, 'PX', ARGV[1])
        redis.call('PUBLISH', ARGV[2], ARGV[3] .. version .. ARGV[4])
        return version
        """;

    /// <summary>
    /// A heartbeat: writes, so that a Redis that is full or read-only shows it; notes the lease of who has one; sends a message to all;
    /// tells the time and whether this is the same data as before, and whose lease lives to who has none. When the notes are not there
    /// nobody knows who had a lease, so one is noted for whoever that was. KEYS: the epoch, the members. ARGV: a name for new data, fleet
    /// channel, message, process (none if it gets no lease), its lease in microseconds, the name for whoever that was.
    /// </summary>
    internal const string Beat = Now + """
        local epoch = redis.call('GET', KEYS[1]) or ARGV[1]
        redis.call('SET', KEYS[1], epoch)
        local kind = redis.call('TYPE', KEYS[2]).ok
        if kind ~= 'zset' then
            if kind ~= 'none' then redis.call('DEL', KEYS[2]) end
            redis.call('ZADD', KEYS[2], 0, '', now + ARGV[5], ARGV[6])
        end
        redis.call('ZREMRANGEBYSCORE', KEYS[2], 1, now)
        local answer = {string.format('%.0f', now), epoch}
        if ARGV[4] ~= '' then redis.call('ZADD', KEYS[2], now + ARGV[5], ARGV[4])
        else for _, part in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], now, '+inf', 'WITHSCORES')) do table.insert(answer, part) end end
        redis.call('PUBLISH', ARGV[2], ARGV[3])
        return answer
        """;

    /// <summary>Nobody waits for a process any longer. KEYS: the members. ARGV: process, fleet channel, message.</summary>
    internal const string Goodbye = """
        redis.call('ZREM', KEYS[1], ARGV[1])
        return redis.call('PUBLISH', ARGV[2], ARGV[3])
        """;
}
