using PgScale.Tests.Cluster;

namespace PgScale.Tests.Caching;

public sealed class RemovalTests
{
    [Test]
    public async Task Value_of_a_load_that_a_removal_overtook_is_not_stored()
    {
        await using var paper = new PaperCache();
        var gate = new TaskCompletionSource<string>();
        var early = paper.Cache.GetOrCreateAsync("k", async _ => await gate.Task).AsTask();
        await paper.Cache.RemoveAsync("k");
        gate.SetResult("old");
        Assert.That(await early, Is.EqualTo("old"), "who asked before the removal may get it");
        Assert.That(await paper.GetAsync("k", "new"), Is.EqualTo("new"));
    }

    [Test]
    public async Task Caller_after_a_removal_does_not_join_a_load_from_before_it()
    {
        await using var paper = new PaperCache();
        var gate = new TaskCompletionSource<string>();
        var early = paper.Cache.GetOrCreateAsync("k", async _ => await gate.Task).AsTask();
        await paper.Cache.RemoveAsync("k");
        Assert.That(await paper.GetAsync("k", "new"), Is.EqualTo("new"));
        gate.SetResult("old");
        await early;
        Assert.That(await paper.GetAsync("k", "x"), Is.EqualTo("new"));
    }

    [Test]
    public async Task Caller_after_the_removal_of_a_tag_does_not_join_a_load_from_before_it()
    {
        await using var paper = new PaperCache();
        var gate = new TaskCompletionSource<string>();
        var early = paper.Cache.GetOrCreateAsync("k", async _ => await gate.Task, tags: ["t"]).AsTask();
        await paper.Cache.RemoveByTagAsync("t");
        Assert.That(await paper.GetAsync("k", "new", null, "t"), Is.EqualTo("new"));
        gate.SetResult("old");
        await early;
        Assert.That(await paper.GetAsync("k", "x", null, "t"), Is.EqualTo("new"));
    }

    [Test]
    public async Task Load_that_may_lack_the_write_is_not_stored_until_all_servers_hold_it()
    {
        await using var paper = new PaperCache();
        await paper.Cache.RemoveAsync("k", PaperCluster.Token(2_000));
        Assert.That(await paper.GetAsync("k", "from a replica that is behind"), Is.Not.Null);
        Assert.That(await paper.GetAsync("k", "again"), Is.EqualTo("again"));
        paper.Cluster.Says("primary", PaperCluster.Primary(2_000)).Says("replica", PaperCluster.Replica(2_000));
        Assert.That(await paper.GetAsync("k", "proven"), Is.EqualTo("proven"));
        Assert.That(await paper.GetAsync("k", "x"), Is.EqualTo("proven"));
    }

    [Test]
    public async Task Load_that_asks_for_the_token_is_stored_at_once()
    {
        await using var paper = new PaperCache();
        var token = PaperCluster.Token(2_000);
        await paper.Cache.RemoveAsync("k", token);
        Assert.That(await paper.Cache.GetOrCreateAsync("k", (context, _) => new ValueTask<bool>(context.Token == token)), Is.True);
        Assert.That(await paper.Cache.GetOrCreateAsync("k", (_, _) => new ValueTask<bool>(false)), Is.True);
    }

    [Test]
    public async Task Load_that_does_not_ask_for_the_token_promises_nothing()
    {
        await using var paper = new PaperCache();
        await paper.Cache.RemoveAsync("k", PaperCluster.Token(2_000));
        Assert.That(await paper.Cache.GetOrCreateAsync("k", (_, _) => new ValueTask<int>(1)), Is.EqualTo(1));
        Assert.That(await paper.Cache.GetOrCreateAsync("k", (_, _) => new ValueTask<int>(2)), Is.EqualTo(2));
    }

    [Test]
    public async Task Greatest_token_of_several_removals_counts()
    {
        await using var paper = new PaperCache();
        await paper.Cache.RemoveAsync("k", PaperCluster.Token(2_000));
        await paper.Cache.RemoveAsync("k", PaperCluster.Token(1_500));
        paper.Cluster.Says("primary", PaperCluster.Primary(2_000)).Says("replica", PaperCluster.Replica(1_500));
        await paper.GetAsync("k", "one");
        Assert.That(await paper.GetAsync("k", "two"), Is.EqualTo("two"));
    }

    [Test]
    public async Task Token_of_a_tag_holds_for_its_keys()
    {
        await using var paper = new PaperCache();
        await paper.GetAsync("k", "old", null, "t");
        await paper.GetAsync("other", "kept", null, "u");
        await paper.Cache.RemoveByTagAsync("t", PaperCluster.Token(2_000));
        await paper.GetAsync("k", "one", null, "t");
        Assert.That(await paper.GetAsync("k", "two", null, "t"), Is.EqualTo("two"));
        Assert.That(await paper.GetAsync("other", "x", null, "u"), Is.EqualTo("kept"));
    }

    [Test]
    public async Task Star_removes_everything()
    {
        await using var paper = new PaperCache();
        await paper.GetAsync("a", "old");
        await paper.GetAsync("b", "old", null, "t");
        await paper.Cache.RemoveByTagAsync("*");
        Assert.That(await paper.GetAsync("a", "new"), Is.EqualTo("new"));
        Assert.That(await paper.GetAsync("b", "new", null, "t"), Is.EqualTo("new"));
    }

    [Test]
    public async Task Token_of_another_cluster_is_refused()
    {
        await using var paper = new PaperCache();
        Assert.That(async () => await paper.Cache.RemoveAsync("k", PaperCluster.Token(1, system: 42)), Throws.ArgumentException.With.Message.Contains("42"));
    }

    [Test]
    public async Task Value_that_was_set_is_served_and_no_older_load_replaces_it()
    {
        await using var paper = new PaperCache();
        var gate = new TaskCompletionSource<string>();
        var early = paper.Cache.GetOrCreateAsync("k", async _ => await gate.Task).AsTask();
        await paper.Cache.SetAsync("k", "set");
        gate.SetResult("loaded");
        await early;
        Assert.That(await paper.GetAsync("k", "x"), Is.EqualTo("set"));
    }
}
