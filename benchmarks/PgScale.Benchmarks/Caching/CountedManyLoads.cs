namespace PgScale.Benchmarks.Caching;

/// <summary>A database that gives many rows at once, and counts how often it is asked and for how many.</summary>
internal sealed class CountedManyLoads(TimeSpan time)
{
    private int _calls;
    private int _keys;

    public int Calls => _calls;

    public int Keys => _keys;

    public async ValueTask<IReadOnlyDictionary<string, string>> LoadAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        Interlocked.Add(ref _keys, keys.Count);
        await Task.Delay(time, TimeProvider.System, cancellationToken);
        return keys.ToDictionary(key => key, _ => "loaded", StringComparer.Ordinal);
    }
}
