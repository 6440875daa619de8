using PgScale.Cluster;
using PgScale.Routing;

namespace PgScale.Tests.Routing;

internal sealed class PrimaryBudgetTests
{
    private readonly ManualTimeProvider _time = new();

    [Test]
    public void Lowest_tier_is_shed_first_and_critical_last()
    {
        var budget = Budget(concurrency: 10, perSecond: 1_000_000);
        var (best, important, critical) = (Enter(budget, TierNames.BestEffort), Enter(budget, TierNames.Important), Enter(budget, TierNames.Critical));
        Assert.That((best, important, critical), Is.EqualTo((4, 3, 3)));
    }

    [Test]
    public void Rate_is_left_for_higher_tiers_too()
    {
        var budget = Budget(concurrency: 1000, perSecond: 1000);
        var (best, important, critical) = (Enter(budget, TierNames.BestEffort), Enter(budget, TierNames.Important), Enter(budget, TierNames.Critical));
        Assert.That((best, important, critical), Is.EqualTo((40, 30, 30)));
    }

    [Test]
    public void Place_that_is_left_can_be_taken_again()
    {
        var budget = Budget(concurrency: 1, perSecond: 1_000_000);
        Assert.That(budget.TryEnter(1), Is.True);
        Assert.That(budget.TryEnter(1), Is.False);
        budget.Leave();
        Assert.That(budget.TryEnter(1), Is.True);
    }

    [Test]
    public void Refusal_takes_no_place()
    {
        var budget = Budget(concurrency: 1, perSecond: 1_000_000);
        budget.TryEnter(1);
        budget.TryEnter(1);
        Assert.That(budget.InUse, Is.EqualTo(1));
    }

    [Test]
    public void Small_rate_serves_every_tier_while_nobody_else_asks([Values(TierNames.Critical, TierNames.Important, TierNames.BestEffort)] string tier)
    {
        var budget = Budget(concurrency: 10, perSecond: 10);
        Assert.That(budget.TryEnter(PrimaryBudget.DefaultShare(tier)), Is.True);
    }

    [Test]
    public void Rate_of_zero_lets_nobody_in()
    {
        var budget = Budget(concurrency: 10, perSecond: 0);
        Assert.That(budget.TryEnter(1), Is.False);
    }

    [Test]
    public void Retry_after_is_never_nothing()
    {
        var budget = Budget(concurrency: 1, perSecond: 1_000_000);
        Assert.That(budget.RetryAfter(1), Is.EqualTo(TimeSpan.FromMilliseconds(50)));
    }

    private static int Enter(PrimaryBudget budget, string tier) => Enumerable.Range(0, 2000).Count(_ => budget.TryEnter(PrimaryBudget.DefaultShare(tier)));

    private PrimaryBudget Budget(int concurrency, int perSecond) => new(new() { FallbackConcurrency = concurrency, FallbackPerSecond = perSecond }, _time);
}
