using PgScale.Buffering.Holding;

namespace PgScale.Tests.Buffering;

/// <summary>What a merge takes in.</summary>
public sealed class MergeStoreTests
{
    private static readonly DateTime Moment = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    [Test]
    public void Size_that_the_user_gives_counts_for_new_keys()
    {
        var store = MergedItems.Store(to => to.Key("id", static item => item % 10).Sum("sum", static item => item), static _ => 400, 1_000);
        Assert.That(new long[] { 1, 2, 3, 11 }.Select(item => store.TryAdd(item)), Is.EqualTo(new[] { AddOutcome.Added, AddOutcome.Added, AddOutcome.Full, AddOutcome.Added }));
        Assert.That(store.Depth.Bytes, Is.EqualTo(800));
    }

    [Test]
    public void Keys_that_differ_in_the_kind_of_their_moment_alone_are_not_taken_for_one()
    {
        var store = MergedItems.Store<DateTime>(to => to.Key("at", static item => item).Sum("hits", static _ => 1));
        Assert.That(store.TryAdd(Moment), Is.EqualTo(AddOutcome.Added));
        Assert.That(() => store.TryAdd(DateTime.SpecifyKind(Moment, DateTimeKind.Local)), Throws.ArgumentException.With.Message.Contains("Local").And.Message.Contains("'at'"));
    }

    [Test]
    public void Item_within_the_guard_is_not_needed()
    {
        var store = MergedItems.Store<DateTime>(to => to.Key("id", static _ => 1).MaxIfChangedByMoreThan("at", static item => item, TimeSpan.FromHours(1)));
        Assert.That(store.TryAdd(Moment), Is.EqualTo(AddOutcome.Added));
        var batch = store.Take()!;
        batch.Committed(new(new(0, 1), []));
        store.Complete(batch);
        Assert.That((store.TryAdd(Moment.AddMinutes(60)), store.TryAdd(Moment.AddMinutes(61))), Is.EqualTo((AddOutcome.Needless, AddOutcome.Added)));
    }
}
