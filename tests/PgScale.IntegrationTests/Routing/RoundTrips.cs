using System.Diagnostics;

namespace PgScale.IntegrationTests.Routing;

/// <summary>Counts what Npgsql sends and waits for in this asynchronous call: each command or batch that it runs is one round trip.</summary>
internal sealed class RoundTrips : IDisposable
{
    private readonly ActivityListener _listener;
    private readonly Activity _own;

    private int _count;

    internal RoundTrips()
    {
        Activity.Current = null;
        _own = new Activity("counting").SetIdFormat(ActivityIdFormat.W3C).Start();
        _listener = new()
        {
            ShouldListenTo = static source => source.Name == "Npgsql",
            Sample = static (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == _own.TraceId && activity.GetTagItem("db.query.text") is not null)
                {
                    Interlocked.Increment(ref _count);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    internal int Count => Volatile.Read(ref _count);

    public void Dispose()
    {
        _listener.Dispose();
        _own.Dispose();
    }
}
