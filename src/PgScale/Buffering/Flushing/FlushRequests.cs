using PgScale.Cluster;

namespace PgScale.Buffering.Flushing;

/// <summary>All who wait for a flush. The loop locks.</summary>
internal sealed class FlushRequests
{
    private readonly List<FlushRequest> _waiting = [];

    /// <summary>Whether somebody waits for more than was taken.</summary>
    internal bool WantMoreThan(long takenThrough) => _waiting.Exists(request => request.Mark > takenThrough);

    internal void Add(FlushRequest request) => _waiting.Add(request);

    internal void Remove(FlushRequest request) => _waiting.Remove(request);

    /// <summary>Counts what a batch has written for those who wait for it.</summary>
    internal void Credit(BatchUnderWay batch, LaneReport report)
    {
        foreach (var request in _waiting.Where(batch.Concerns))
        {
            request.Rows += report.Rows;
            request.DeadLetters += report.DeadLetters;
        }
    }

    /// <summary>Answers those for whom everything was taken and nothing is under way any more.</summary>
    internal void Answer(long takenThrough, List<BatchUnderWay> underWay, ConsistencyToken token)
    {
        foreach (var request in _waiting)
        {
            if (request.Mark <= takenThrough && !underWay.Exists(batch => batch.Concerns(request)))
            {
                request.Succeed(token);
            }
        }
    }

    /// <summary>Tells those who wait for a batch that it was not written.</summary>
    internal void Fail(BatchUnderWay batch, Exception failure)
    {
        foreach (var request in _waiting.Where(batch.Concerns))
        {
            request.Fail(failure);
        }
    }

    /// <summary>Tells everybody.</summary>
    internal void FailAll(Exception failure) => _waiting.ForEach(request => request.Fail(failure));
}
