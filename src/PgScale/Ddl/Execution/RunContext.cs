using PgScale.Ddl.History;

namespace PgScale.Ddl.Execution;

/// <summary>What the steps of one run share.</summary>
internal sealed record RunContext
{
    internal required DdlSession Session { get; init; }

    internal required DdlHistory History { get; init; }

    internal required DdlReport Report { get; init; }

    internal required Lookout Lookout { get; init; }

    internal required GiveWay GiveWay { get; init; }

    internal required SafeDdlExecutorOptions Options { get; init; }

    internal required TimeProvider Time { get; init; }

    internal static RunContext Create(DdlSession session, DdlConnections connections, DdlReport report, SafeDdlExecutorOptions options, TimeProvider time)
    {
        var lookout = new Lookout(session, connections, options, time);
        return new()
        {
            Session = session,
            History = new(session.Pinned, connections.From),
            Report = report,
            Lookout = lookout,
            GiveWay = new(session, connections, options.Policy.Blockers, lookout, report),
            Options = options,
            Time = time,
        };
    }
}
