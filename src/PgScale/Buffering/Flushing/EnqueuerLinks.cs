using System.Diagnostics;

namespace PgScale.Buffering.Flushing;

/// <summary>The activities of those who enqueue, until the next flush is linked to them: the first ones, a bounded number.</summary>
internal sealed class EnqueuerLinks
{
    internal const int Most = 32;

    private readonly Lock _lock = new();
    private readonly List<ActivityLink> _links = [];

    /// <summary>Notes an activity that is recorded; one that enqueues many items in a row is noted once.</summary>
    internal void Note(Activity? enqueuer)
    {
        if (enqueuer is not { Recorded: true })
        {
            return;
        }

        lock (_lock)
        {
            if (_links.Count < Most && (_links.Count == 0 || _links[^1].Context != enqueuer.Context))
            {
                _links.Add(new(enqueuer.Context));
            }
        }
    }

    /// <summary>Takes what was noted.</summary>
    internal IReadOnlyList<ActivityLink> Take()
    {
        lock (_lock)
        {
            if (_links.Count == 0)
            {
                return [];
            }

            ActivityLink[] taken = [.. _links];
            _links.Clear();
            return taken;
        }
    }
}
