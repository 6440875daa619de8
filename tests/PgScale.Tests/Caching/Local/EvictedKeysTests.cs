using PgScale.Caching.Local;

namespace PgScale.Tests.Caching.Local;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class EvictedKeysTests
{
    private readonly EvictedKeys _keys = new();

    [Test]
    public void Key_is_remembered_once()
    {
        _keys.Add(42, entries: 100);
        Assert.That(_keys.Remove(42, 100), Is.True);
        Assert.That(_keys.Remove(42, 100), Is.False);
    }

    [Test]
    public void Nothing_is_remembered_before_the_first_eviction() => Assert.That(_keys.Remove(0, 100), Is.False);

    [Test]
    public void Key_whose_hash_is_zero_is_only_known_once_it_was_evicted()
    {
        _keys.Add(8, entries: 4);
        Assert.That(_keys.Remove(0, 4), Is.False);
        _keys.Add(0, entries: 4);
        Assert.That(_keys.Remove(0, 4), Is.True);
    }

    [Test]
    public void Key_is_forgotten_after_as_many_evictions_as_there_are_entries()
    {
        const int Entries = 10;
        _keys.Add(1_000, Entries);
        for (var i = 1; i < Entries; i++)
        {
            _keys.Add(i, Entries);
        }

        Assert.That(_keys.Remove(1, Entries), Is.True, "nine evictions ago");
        _keys.Add(77, Entries);
        Assert.That(_keys.Remove(1_000, Entries), Is.False, "eleven evictions ago");
    }

    [Test]
    public void Most_of_the_last_keys_are_remembered()
    {
        const int Entries = 10_000;
        var random = new Random(1);
        var hashes = Enumerable.Range(0, 5 * Entries).Select(_ => random.Next()).ToArray();
        foreach (var hash in hashes)
        {
            _keys.Add(hash, Entries);
        }

        Assert.That(hashes.TakeLast(Entries).Count(hash => _keys.Remove(hash, Entries)), Is.GreaterThan(Entries * 0.8));
    }

    [Test]
    public void Old_keys_are_forgotten_even_where_no_other_took_their_place()
    {
        _keys.Add(7, entries: 1_000);
        for (var i = 0; i < 20; i++)
        {
            _keys.Add(i * 4, entries: 1_000);
        }

        Assert.That(_keys.Remove(7, entries: 15), Is.False);
    }
}
