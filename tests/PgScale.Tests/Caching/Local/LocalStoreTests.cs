using PgScale.Caching.Local;

namespace PgScale.Tests.Caching.Local;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LocalStoreTests
{
    private readonly LocalStore<string> _store = new(maxEntries: 100, maxBytes: 1_000_000);

    [Test]
    public void What_was_set_is_found_by_string_and_by_characters()
    {
        _store.Set("user:7", "Ada", 10);
        Assert.That(_store.TryGet("user:7", out var byString), Is.True);
        Assert.That(_store.TryGet("a user:7 b".AsSpan(2, 6), out var byCharacters), Is.True);
        Assert.That(byString, Is.EqualTo("Ada"));
        Assert.That(byCharacters, Is.EqualTo("Ada"));
    }

    [Test]
    public void What_was_never_set_is_not_found()
    {
        _store.Set("user:7", "Ada", 10);
        Assert.That(_store.TryGet("user:8", out _), Is.False);
        Assert.That(_store.TryGet("user:".AsSpan(), out _), Is.False);
    }

    [Test]
    public void Keys_are_told_apart_by_every_character()
    {
        _store.Set("é", "composed", 1);
        _store.Set("e\u0301", "combined", 1);
        _store.Set("É", "upper", 1);
        Assert.That(_store.Count, Is.EqualTo(3));
        Assert.That(_store.TryGet("é", out var entry), Is.True);
        Assert.That(entry, Is.EqualTo("composed"));
    }

    [Test]
    public void Setting_again_replaces()
    {
        _store.Set("k", "old", 500);
        _store.Set("k", "new", 100);
        Assert.That(_store.TryGet("k", out var entry), Is.True);
        Assert.That(entry, Is.EqualTo("new"));
        Assert.That(_store.Count, Is.EqualTo(1));
        Assert.That(_store.Bytes, Is.EqualTo(EntryWeight.Of("k", 100)));
    }

    [Test]
    public void Removed_key_is_gone_and_a_second_removal_says_so()
    {
        _store.Set("k", "v", 1);
        Assert.That(_store.Remove("k"), Is.True);
        Assert.That(_store.TryGet("k", out _), Is.False);
        Assert.That(_store.Remove("k"), Is.False);
        Assert.That((_store.Count, _store.Bytes), Is.EqualTo((0, 0L)));
    }

    [Test]
    public void Only_the_very_instance_is_removed()
    {
        var seen = new string('v', 3);
        var equal = new string('v', 3);
        _store.Set("k", equal, 1);
        Assert.That(_store.Remove("k", seen), Is.False);
        Assert.That(_store.TryGet("k", out _), Is.True);
        Assert.That(_store.Remove("k", equal), Is.True);
        Assert.That(_store.TryGet("k", out _), Is.False);
    }

    [Test]
    public void Instance_that_was_removed_and_replaced_meanwhile_is_not_removed_again()
    {
        var seen = new string('v', 3);
        _store.Set("k", seen, 1);
        _store.Remove("k");
        _store.Set("k", "newer", 1);
        Assert.That(_store.Remove("k", seen), Is.False);
        Assert.That(_store.TryGet("k", out var entry), Is.True);
        Assert.That(entry, Is.EqualTo("newer"));
    }

    [Test]
    public void Cleared_store_is_empty_and_takes_entries_again()
    {
        for (var i = 0; i < 150; i++)
        {
            _store.Set($"k{i}", "v", 1);
        }

        _store.Clear();
        Assert.That((_store.Count, _store.Bytes), Is.EqualTo((0, 0L)));
        Assert.That(_store.TryGet("k149", out _), Is.False);
        _store.Set("k149", "v", 1);
        Assert.That(_store.TryGet("k149", out _), Is.True);
        Assert.That(_store.Count, Is.EqualTo(1));
    }

    [Test]
    public void Evictions_count_what_had_to_leave_and_not_what_was_removed()
    {
        for (var i = 0; i < 130; i++)
        {
            _store.Set($"k{i}", "v", 1);
        }

        _store.Remove("k129");
        _store.Clear();
        Assert.That(_store.Evictions, Is.EqualTo(30));
    }

    [Test]
    public void Hit_allocates_nothing()
    {
        _store.Set("user:7", "Ada", 10);
        var found = Hits(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        found += Hits(10_000);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(found, Is.EqualTo(2 * 10_100));
    }

    [Test]
    public void Sizes_and_bounds_that_make_no_sense_are_refused()
    {
        Assert.That(() => new LocalStore<string>(0, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new LocalStore<string>(1, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => _store.Set("k", "v", -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private int Hits(int rounds)
    {
        var found = 0;
        for (var i = 0; i < rounds; i++)
        {
            found += _store.TryGet("user:7", out _) ? 1 : 0;
            found += _store.TryGet("user:7".AsSpan(), out _) ? 1 : 0;
        }

        return found;
    }
}
