using PgScale.Caching.Local;

namespace PgScale.Tests.Caching.Local;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class S3FifoTests
{
    private const int Entries = 1_000;

    private readonly S3Fifo<string> _policy = new(Entries, long.MaxValue);

    [Test]
    public void Oldest_of_the_small_queue_that_nobody_used_leaves_and_those_used_move_up()
    {
        var nodes = AdmitMany(200);
        nodes[0].Use();
        Assert.That(_policy.TakeVictim(), Is.SameAs(nodes[1]));
        Assert.That(nodes[0].IsMain, Is.True);
        Assert.That(nodes[2].IsMain, Is.False);
    }

    [Test]
    public void Small_queue_gives_while_it_holds_a_tenth_or_more()
    {
        LinkToMain(850);
        AdmitMany(150);
        Assert.That(TakeVictims(51).Any(node => node.IsMain), Is.False);
        Assert.That(_policy.TakeVictim().IsMain, Is.True);
    }

    [Test]
    public void Small_queue_is_full_by_bytes_too()
    {
        var policy = new S3Fifo<string>(Entries, maxBytes: 10_000);
        var main = new LocalNode<string>("main", "v", 100) { IsMain = true };
        policy.Link(main);
        policy.Admit(new("big and new", "v", 1_001));
        Assert.That(policy.TakeVictim().Key, Is.EqualTo("big and new"));
    }

    [Test]
    public void Key_that_comes_back_soon_goes_to_the_main_queue()
    {
        AdmitMany(10);
        var evicted = _policy.TakeVictim();
        Assert.That(Admit(evicted.Key).IsMain, Is.True);
        Assert.That(Admit("never seen").IsMain, Is.False);
    }

    [Test]
    public void Hot_entry_outlives_three_rounds_and_no_more_once_nobody_uses_it()
    {
        var hot = LinkToMain(1, "hot")[0];
        for (var i = 0; i < 100; i++)
        {
            hot.Use();
        }

        for (var round = 0; round < 3; round++)
        {
            var cold = LinkToMain(1, "cold")[0];
            Assert.That(_policy.TakeVictim(), Is.SameAs(cold));
        }

        LinkToMain(1, "cold");
        Assert.That(_policy.TakeVictim(), Is.SameAs(hot));
    }

    [Test]
    public void Search_for_a_victim_is_bounded_even_when_all_are_hot()
    {
        var nodes = AdmitMany(Entries);
        nodes.ForEach(node => node.Use());
        _policy.TakeVictim();
        Assert.That(nodes.Count(node => node.IsMain), Is.LessThan(64));
        Assert.That(_policy.Count, Is.EqualTo(Entries - 1));
    }

    private LocalNode<string> Admit(string key)
    {
        var node = new LocalNode<string>(key, "v", weight: 1);
        _policy.Admit(node);
        return node;
    }

    private List<LocalNode<string>> AdmitMany(int count) => [.. Enumerable.Range(0, count).Select(i => Admit($"k{i}"))];

    private List<LocalNode<string>> LinkToMain(int count, string prefix = "main")
    {
        var nodes = Enumerable.Range(0, count).Select(i => new LocalNode<string>($"{prefix}{i}", "v", weight: 1) { IsMain = true }).ToList();
        nodes.ForEach(_policy.Link);
        return nodes;
    }

    private List<LocalNode<string>> TakeVictims(int count) => [.. Enumerable.Range(0, count).Select(_ => _policy.TakeVictim())];
}
