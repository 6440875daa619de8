using StackExchange.Redis;

namespace PgScale.Caching.Redis;

/// <summary>Every name that is used in Redis. What belongs to one key has one hash slot: the part in braces.</summary>
/// <remarks>
/// A namespace has no colon and no brace, so the part in braces is never empty whatever the key is, and the letter behind it is
/// always the last: no key can take the name of another one's lock, and no tag that of a key.
/// </remarks>
internal sealed class RedisNames(string @namespace)
{
    private readonly string _key = $"{{{@namespace}:k:";
    private readonly string _tag = $"{{{@namespace}:t:";
    private readonly string _process = $"{@namespace}:process:";

    internal RedisKey Epoch { get; } = $"{{{@namespace}:e}}";

    /// <summary>Whose lease lives, and until when.</summary>
    internal RedisKey Members { get; } = $"{{{@namespace}:e}}m";

    /// <summary>Where all processes hear of removals and of each other.</summary>
    internal RedisChannel Fleet { get; } = new($"{@namespace}:fleet", RedisChannel.PatternMode.Literal);

    internal string FleetText { get; } = $"{@namespace}:fleet";

    /// <summary>What stands before a process' id in the name of its own channel.</summary>
    internal string ProcessPrefix => _process;

    internal RedisKey Value(string key) => $"{_key}{key}}}v";

    /// <summary>The token of the key's last removal.</summary>
    internal RedisKey Removal(string key) => $"{_key}{key}}}r";

    internal RedisKey Lock(string key) => $"{_key}{key}}}l";

    /// <summary>Value, lock, removal and waiters, in the order in which the scripts expect them.</summary>
    internal RedisKey[] All(string key) => [$"{_key}{key}}}v", $"{_key}{key}}}l", $"{_key}{key}}}r", $"{_key}{key}}}w"];

    internal RedisKey Tag(string tag) => $"{_tag}{tag}}}";

    internal RedisChannel Process(string id) => new(_process + id, RedisChannel.PatternMode.Literal);
}
