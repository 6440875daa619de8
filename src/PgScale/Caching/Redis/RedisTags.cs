using System.Globalization;
using PgScale.Caching.Tags;
using StackExchange.Redis;

namespace PgScale.Caching.Redis;

/// <summary>How a tag's last removal lies in Redis: its version in 16 digits, then the token that later loads must hold.</summary>
internal static class RedisTags
{
    internal const long MemoryMilliseconds = 400L * 24 * 60 * 60 * 1_000; // longer than any entry lives

    /// <summary>Reads a tag off the usual path, where no circuit is watched.</summary>
    internal static Task<RedisResult> ReadAsync(IDatabase database, RedisNames names, string tag) =>
        database.ScriptEvaluateAsync(RedisScripts.LearnTag, [names.Tag(tag)], Arguments(names, tag));

    /// <summary>What <see cref="RedisScripts.LearnTag"/> is told.</summary>
    internal static RedisValue[] Arguments(RedisNames names, string tag) =>
        [MemoryMilliseconds, names.FleetText, FleetMessage.Head(FleetMessage.TagRemoval, FleetMessage.Nobody, sequence: 0), FleetMessage.Tail(default, tag)];

    internal static TagRecord Record(RedisResult answer)
    {
        var text = (string?)answer;
        return text is not null && text.Length >= FleetMessage.NumberLength
            && long.TryParse(text.AsSpan(0, FleetMessage.NumberLength), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? new(version, TokenText.Read(text.AsSpan(FleetMessage.NumberLength)))
            : TagRecord.Never;
    }
}
