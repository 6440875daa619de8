using PgScale.Routing;

namespace PgScale.Tests.Routing;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ConsistencyScopeTests
{
    private readonly AsyncLocal<ConsistencyScope?> _ambient = new();

    [Test]
    public void Token_only_grows()
    {
        using var scope = new ConsistencyScope(_ambient, PaperTier.Token(10));
        scope.Observe(PaperTier.Token(5));
        Assert.That(scope.Token, Is.EqualTo(PaperTier.Token(10)));
        scope.Observe(PaperTier.Token(1, timeline: 2));
        Assert.That(scope.Token, Is.EqualTo(PaperTier.Token(1, timeline: 2)));
    }

    [Test]
    public void Inner_scope_begins_where_the_outer_is_and_what_it_learns_counts_for_both()
    {
        using var outer = new ConsistencyScope(_ambient, PaperTier.Token(10));
        using (var inner = new ConsistencyScope(_ambient, default))
        {
            Assert.That(inner.Token, Is.EqualTo(PaperTier.Token(10)));
            inner.Observe(PaperTier.Token(20));
        }

        Assert.That(outer.Token, Is.EqualTo(PaperTier.Token(20)));
        Assert.That(_ambient.Value, Is.SameAs(outer));
    }

    [Test]
    public async Task Scope_flows_into_asynchronous_calls_and_not_out_of_them()
    {
        async Task BeginAsync()
        {
            await Task.Yield();
            _ = new ConsistencyScope(_ambient, default);
        }

        await BeginAsync();
        Assert.That(_ambient.Value, Is.Null);
        using var scope = new ConsistencyScope(_ambient, default);
        Assert.That(await Task.Run(() => _ambient.Value), Is.SameAs(scope));
    }

    [Test]
    public void Scope_that_ended_is_not_ambient_any_more_also_when_they_end_in_the_wrong_order()
    {
        var outer = new ConsistencyScope(_ambient, default);
        var inner = new ConsistencyScope(_ambient, default);
        outer.Dispose();
        inner.Dispose();
        Assert.That(_ambient.Value, Is.Null);
    }

    [Test]
    public void Concurrent_observations_end_at_the_latest()
    {
        using var scope = new ConsistencyScope(_ambient, default);
        Parallel.For(1, 10_001, position => scope.Observe(PaperTier.Token((ulong)position)));
        Assert.That(scope.Token, Is.EqualTo(PaperTier.Token(10_000)));
    }
}
