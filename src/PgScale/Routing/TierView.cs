using System.Numerics;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>The nodes that a tier may use, as of one snapshot. Immutable: choosing takes no lock and allocates nothing.</summary>
internal sealed class TierView(ClusterSnapshot snapshot, Candidate[] candidates, TimeProvider time)
{
    private const int MaxCandidates = 64; // one bit each
    private const double OutlierFactor = 3;

    internal ClusterSnapshot Snapshot { get; } = snapshot;

    internal ReadOnlySpan<Candidate> Candidates => candidates;

    /// <summary>
    /// The index of the better of two candidates chosen at random (the power of two choices: Mitzenmacher, IEEE TPDS 2001), by
    /// expected latency times reads under way; -1 when none fulfils the request.
    /// </summary>
    /// <param name="request">What the read needs.</param>
    /// <param name="tried">Nodes not to use again.</param>
    /// <param name="covered">Whether the node must be known to hold the token; otherwise one that may still get it is taken.</param>
    internal int Choose(in ReadRequest request, in TriedNodes tried, bool covered)
    {
        var all = Math.Min(candidates.Length, MaxCandidates);
        if (all > 1)
        {
            // Two at random of all, when both fit, are two at random of those that fit: mostly nobody else need be looked at.
            var (left, right) = TwoOf(all);
            if (Fits(left, request, tried, covered, request.PreferredRegion, suspects: false) && Fits(right, request, tried, covered, request.PreferredRegion, suspects: false))
            {
                return Better(left, right, covered);
            }
        }

        return ChooseOfFitting(request, tried, covered);
    }

    /// <summary>Whether a node is in use, and another one that does not seem to hang.</summary>
    internal bool HasAnother(NodeLane lane)
    {
        var (isIn, others) = (false, false);
        foreach (ref readonly var candidate in Candidates)
        {
            isIn |= ReferenceEquals(candidate.Lane, lane);
            others |= !ReferenceEquals(candidate.Lane, lane) && !candidate.Lane.IsSuspect;
        }

        return isIn && others;
    }

    /// <summary>Whether reads on a node take several times what they take on the others.</summary>
    internal bool IsOutlier(NodeLane lane, long now)
    {
        var (sum, count) = (0.0, 0);
        foreach (ref readonly var other in Candidates)
        {
            if (!ReferenceEquals(other.Lane, lane) && !other.Lane.IsSuspect)
            {
                sum += other.Lane.ExpectedAt(now);
                count++;
            }
        }

        return count > 0 && lane.ExpectedAt(now) > OutlierFactor * sum / count;
    }

    private int ChooseOfFitting(in ReadRequest request, in TriedNodes tried, bool covered)
    {
        var eligible = FindEligible(request, tried, covered, request.PreferredRegion, suspects: false);
        if (eligible == 0 && request.PreferredRegion is not null)
        {
            eligible = FindEligible(request, tried, covered, region: null, suspects: false);
        }

        if (eligible == 0)
        {
            eligible = FindEligible(request, tried, covered, region: null, suspects: true); // better one that seems to hang than none
        }

        var count = BitOperations.PopCount(eligible);
        if (count <= 1)
        {
            return count == 0 ? -1 : BitOperations.TrailingZeroCount(eligible);
        }

        var (first, second) = TwoOf(count);
        return Better(Nth(eligible, first), Nth(eligible, second), covered);
    }

    private static (int First, int Second) TwoOf(int count)
    {
        var (first, second) = Math.DivRem(Random.Shared.Next(count * (count - 1)), count - 1);
        return (first, second >= first ? second + 1 : second);
    }

    private static int Nth(ulong bits, int n)
    {
        for (; n > 0; n--)
        {
            bits &= bits - 1;
        }

        return BitOperations.TrailingZeroCount(bits);
    }

    private int Better(int left, int right, bool covered)
    {
        var now = time.GetTimestamp();
        ref readonly var a = ref candidates[left];
        ref readonly var b = ref candidates[right];
        if (!covered && a.Lane.HasMissed(now) is var missed && missed != b.Lane.HasMissed(now))
        {
            return missed ? right : left; // where a read waited in vain for its token just now, the next one would too
        }

        return a.Lane.CostAt(now) * b.Weight <= b.Lane.CostAt(now) * a.Weight ? left : right;
    }

    private ulong FindEligible(in ReadRequest request, in TriedNodes tried, bool covered, string? region, bool suspects)
    {
        var eligible = 0UL;
        var count = Math.Min(candidates.Length, MaxCandidates);
        for (var i = 0; i < count; i++)
        {
            if (Fits(i, request, tried, covered, region, suspects))
            {
                eligible |= 1UL << i;
            }
        }

        return eligible;
    }

    private bool Fits(int index, in ReadRequest request, in TriedNodes tried, bool covered, string? region, bool suspects)
    {
        ref readonly var candidate = ref candidates[index];
        return candidate.Lane.IsSuspect == suspects && IsEligible(candidate, request, covered, region) && !tried.Contains(candidate.Lane);
    }

    private bool IsEligible(in Candidate candidate, in ReadRequest request, bool covered, string? region) =>
        (region is null || string.Equals(region, candidate.State.Node.Region, StringComparison.OrdinalIgnoreCase))
        && (request.MaxStaleness is not { } most || candidate.State.Lag.IsWithin(most, null))
        && (request.Token.IsNone || candidate.CoverageOf(request.Token, Snapshot) is var coverage
            && (coverage == TokenCoverage.Covered || (!covered && coverage == TokenCoverage.NotYet && request.Token.Timeline <= candidate.State.Timeline)));
}
