using PgScale.Caching;
using PgScale.Cluster;
using PgScale.Tests.Cluster;

namespace PgScale.Tests.Caching;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TokenLedgerTests
{
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);

    private readonly ManualTimeProvider _time = new();

    [Test]
    public void Greatest_token_of_a_key_is_kept_whatever_their_order()
    {
        var ledger = Ledger(capacity: 100);
        ledger.Remember("k", PaperCluster.Token(2_000));
        ledger.Remember("k", PaperCluster.Token(1_000));
        Assert.That(ledger.Find("k"), Is.EqualTo(PaperCluster.Token(2_000)));
        Assert.That(ledger.Find("other"), Is.EqualTo(ConsistencyToken.None));
    }

    [Test]
    public void Token_that_leaves_at_the_bound_counts_for_every_key()
    {
        var ledger = Ledger(capacity: 2);
        for (var number = 1; number <= 3; number++)
        {
            ledger.Remember($"k{number}", PaperCluster.Token((ulong)number * 1_000));
        }

        Assert.That(ledger.Find("k1"), Is.EqualTo(PaperCluster.Token(1_000)));
        Assert.That(ledger.Find("never removed"), Is.EqualTo(PaperCluster.Token(1_000)));
    }

    [Test]
    public void Token_is_forgotten_after_its_time_and_not_before()
    {
        var ledger = Ledger(capacity: 100);
        ledger.Remember("k", PaperCluster.Token(1_000));
        _time.Advance(Memory - TimeSpan.FromSeconds(1));
        ledger.Remember("other", PaperCluster.Token(2_000));
        Assert.That(ledger.Find("k"), Is.EqualTo(PaperCluster.Token(1_000)));
        _time.Advance(TimeSpan.FromSeconds(2));
        ledger.Remember("other", PaperCluster.Token(2_000));
        Assert.That(ledger.Find("k"), Is.EqualTo(ConsistencyToken.None));
    }

    private TokenLedger Ledger(int capacity) => new(capacity, Memory, new(_time));
}
