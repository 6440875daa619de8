using System.Diagnostics;
using System.Reflection;
using PgScale.Caching.Local;

namespace PgScale.Tests.Caching.Local;

public sealed class HashFloodTests
{
    private const int Keys = 30_000;

    [Test]
    public void Keys_of_these_tests_do_collide_in_the_hash_that_dotnet_begins_with()
    {
        var unseeded = typeof(string).GetMethod("GetNonRandomizedHashCode", BindingFlags.Instance | BindingFlags.NonPublic, []);
        Assert.That(unseeded, Is.Not.Null, "the hash that .NET uses for strings at first has changed: make new colliding keys");
        var hashes = CollidingKeys.Generate(100).Select(key => unseeded!.Invoke(key, null)).Distinct();
        Assert.That(hashes.Count(), Is.EqualTo(1));
    }

    [Test]
    public void Keys_made_to_collide_cost_no_more_than_others()
    {
        string[] colliding = [.. CollidingKeys.Generate(Keys)];
        string[] others = [.. Enumerable.Range(0, Keys).Select(number => $"k{number:D7}")];
        // Each key compared with all before it would take a hundred times as long.
        Assert.That(BestOfThree(colliding), Is.LessThan(20 * BestOfThree(others)));
    }

    [Test]
    public void Keys_are_still_found_by_their_characters_after_the_hash_has_changed()
    {
        var store = new LocalStore<string>(Keys, long.MaxValue);
        string[] colliding = [.. CollidingKeys.Generate(1_000)];
        foreach (var key in colliding)
        {
            store.Set(key, key, 0);
        }

        Assert.That(colliding.All(key => store.TryGet(key.AsSpan(), out var entry) && entry == key), Is.True);
    }

    private static TimeSpan BestOfThree(string[] keys) => Enumerable.Range(0, 3).Min(_ => Fill(keys));

    private static TimeSpan Fill(string[] keys)
    {
        var startedAt = Stopwatch.GetTimestamp();
        var store = new LocalStore<string>(Keys, long.MaxValue);
        foreach (var key in keys)
        {
            store.Set(key, key, 0);
        }

        return Stopwatch.GetElapsedTime(startedAt);
    }
}
