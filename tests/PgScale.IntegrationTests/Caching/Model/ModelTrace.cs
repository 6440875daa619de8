using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace PgScale.IntegrationTests.Caching.Model;

/// <summary>What happened in a run, so that a violation can be told from its beginning.</summary>
internal sealed class ModelTrace
{
    private const int LongestTale = 80;

    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private readonly ConcurrentQueue<(double At, int? Key, string Text)> _events = new();

    internal double Now => Stopwatch.GetElapsedTime(_startedAt).TotalMilliseconds;

    /// <param name="key">The key that it concerns; null for all.</param>
    /// <param name="text">What happened.</param>
    internal void Note(int? key, string text) => _events.Enqueue((Now, key, text));

    /// <summary>The last of what concerns a key.</summary>
    internal string TaleOf(int key)
    {
        var all = _events.Where(each => each.Key is null || each.Key == key).ToList();
        return string.Join('\n', all.TakeLast(LongestTale).Select(static each => string.Create(CultureInfo.InvariantCulture, $"{each.At,9:0.0} {each.Text}")));
    }
}
