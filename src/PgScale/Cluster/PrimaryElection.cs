namespace PgScale.Cluster;

/// <summary>Who is primary, by what the servers say: the one that is not in recovery on the highest timeline.</summary>
/// <remarks>
/// Servers that stopped answering still count for the highest timeline, and so does the timeline of the last primary when its server
/// left the configuration: an old primary that comes back first is not primary again.
/// </remarks>
internal readonly struct PrimaryElection
{
    private PrimaryElection(NodeRecord? primary, uint timeline, string problem, bool isContested = false)
    {
        Primary = primary;
        Timeline = timeline;
        Problem = problem;
        IsContested = isContested;
    }

    internal NodeRecord? Primary { get; }

    internal uint Timeline { get; }

    /// <summary>Why there is no primary, as a sentence; empty when there is one.</summary>
    internal string Problem { get; }

    /// <summary>Whether several servers claim to be primary with equal right.</summary>
    internal bool IsContested { get; }

    internal static PrimaryElection Hold(
        IReadOnlyCollection<NodeRecord> all, List<NodeRecord> members, string identityProblem, bool isSettled, uint lastTimeline)
    {
        if (members.Count == 0)
        {
            return new(null, 0, identityProblem.Length > 0 ? identityProblem : NobodyAnswers(all));
        }

        var timeline = Math.Max(lastTimeline, members.Max(member => member.Timeline));
        var claimants = members.FindAll(member => !member.Facts!.InRecovery && member.Timeline == timeline);
        var answering = claimants.FindAll(member => member.Answers);
        var standing = claimants.FindAll(member => member.Answers || member.Fault is { IsSilence: true }); // silence is no withdrawal
        return answering.Count switch
        {
            _ when !isSettled => new(null, timeline, "Not every server has been asked yet."),
            > 0 when standing.Count > 1 => new(null, timeline, Contested(standing, timeline), isContested: true),
            1 => new(answering[0], timeline, ""),
            _ when claimants.Count > 0 => new(null, timeline, Gone(claimants[0])),
            _ => new(null, timeline, NobodyClaims(members, timeline)),
        };
    }

    private static string NobodyAnswers(IReadOnlyCollection<NodeRecord> all) =>
        all.Count == 0
            ? "There is no primary: no server is configured."
            : "There is no primary: no server answers: "
                + string.Join("; ", all.Select(record => $"{record.Node}: {record.Fault?.Reason ?? "it has not been asked yet"}")) + ".";

    private static string Contested(List<NodeRecord> claimants, uint timeline) =>
        $"There is no primary: {string.Join(" and ", claimants.Select(claimant => claimant.Node))} both accept writes on timeline {timeline}. "
        + "No write is sent until one of them is stopped or rejoined as a replica.";

    private static string Gone(NodeRecord primary) =>
        $"There is no primary: {primary.Node} was it, but {primary.Fault?.Reason ?? "it does not answer"}.";

    private static string NobodyClaims(List<NodeRecord> members, uint timeline) =>
        $"There is no primary: no server accepts writes on timeline {timeline}: "
        + string.Join("; ", members.Select(member => $"{member.Node}: {Describe(member)}")) + "."
        + (members.TrueForAll(member => member.Timeline < timeline) ? " If the cluster was set back on purpose, restart." : "");

    private static string Describe(NodeRecord member) =>
        member.Fault?.Reason ?? (member.Facts!.InRecovery ? "in recovery" : $"claims it on timeline {member.Timeline}");
}
