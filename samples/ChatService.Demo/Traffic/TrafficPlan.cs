namespace PgScale.Samples.ChatService.Demo.Traffic;

/// <summary>Who asks for what, in which order: the same for both sides, because both begin with the same seed.</summary>
internal sealed class TrafficPlan(int users)
{
    private const int Seed = 1;

    private readonly Random _random = new(Seed);

    /// <summary>The next request: who, what, and whose profile or conversation it is about.</summary>
    public (int Person, RequestKind Kind, long Target) Next(int people)
    {
        var person = _random.Next(people);
        var kind = _random.Next(100) switch
        {
            < 35 => RequestKind.ReadMessages,
            < 60 => RequestKind.ReadProfile,
            < 80 => RequestKind.ReadConversation,
            < 86 => RequestKind.ListConversations,
            < 98 => RequestKind.Send,
            _ => RequestKind.Rename,
        };
        return (person, kind, AnyTarget());
    }

    // Some are read and written to much more than others.
    private long AnyTarget() => 1 + (long)(users * Math.Pow(_random.NextDouble(), 3));
}
