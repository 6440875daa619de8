using System.Collections.Concurrent;
using PgScale.Cluster;

namespace PgScale.Caching.Tags;

/// <summary>All tags that this process has met, bounded: at the bound it forgets them, and every entry that has one is a miss.</summary>
internal sealed class TagRegistry
{
    internal const string All = "*";

    private const int MaxTags = 100_000;

    private readonly ConcurrentDictionary<string, TagState> _states = new(StringComparer.Ordinal);
    private readonly Lock _forgetting = new();

    private ConsistencyToken _forgotten;
    private long _version;

    internal TagRegistry()
    {
        AllTag = new(All);
        Untagged = new(AllTag, []);
    }

    internal TagState AllTag { get; }

    private TagStamps Untagged { get; set; }

    internal TagStamps Stamp(string[] tags)
    {
        if (tags.Length == 0)
        {
            return Untagged.AreCurrent ? Untagged : Untagged = new(AllTag, []);
        }

        return new(AllTag, Array.ConvertAll(tags, Get));
    }

    internal TagState Get(string tag)
    {
        if (string.Equals(tag, All, StringComparison.Ordinal))
        {
            return AllTag;
        }

        if (_states.TryGetValue(tag, out var state))
        {
            return state;
        }

        if (_states.Count >= MaxTags)
        {
            Forget();
        }

        return _states.GetOrAdd(tag, static (name, registry) => registry.Create(name), this);
    }

    /// <summary>Removes a tag as another process or Redis says; a tag that nobody here met needs nothing.</summary>
    internal void Apply(string tag, TagRecord record)
    {
        if (string.Equals(tag, All, StringComparison.Ordinal))
        {
            AllTag.Replace(record);
        }
        else if (_states.TryGetValue(tag, out var state))
        {
            state.Replace(record);
        }
    }

    /// <summary>Removes a tag in this process alone.</summary>
    internal void Remove(string tag, ConsistencyToken token)
    {
        Get(tag).Replace(new(Interlocked.Decrement(ref _version), token)); // Redis' versions are positive
    }

    /// <summary>The tokens that loads of entries with a tag must hold.</summary>
    internal IEnumerable<(string Tag, ConsistencyToken Token)> AllTokens() => _states.Values.Append(AllTag)
        .Select(static state => (state.Name, state.Record.Token))
        .Where(static tag => !tag.Token.IsNone);

    private TagState Create(string name)
    {
        var state = new TagState(name);
        state.Replace(TagRecord.Never with { Token = _forgotten });
        return state;
    }

    private void Forget()
    {
        lock (_forgetting)
        {
            foreach (var (name, state) in _states)
            {
                _forgotten = Tokens.Greatest(_forgotten, state.Record.Token);
                _states.TryRemove(name, out _);
                state.Replace(new(Interlocked.Decrement(ref _version), default));
            }
        }
    }
}
