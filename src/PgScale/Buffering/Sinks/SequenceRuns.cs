namespace PgScale.Buffering.Sinks;

/// <summary>The numbers of items in the spool, in order: runs without gaps, of which there is nearly always one.</summary>
internal sealed class SequenceRuns
{
    private readonly List<(long First, int Count)> _runs = [];

    /// <summary>How many there are.</summary>
    internal int Count { get; private set; }

    /// <summary>The last one.</summary>
    internal long Last => _runs[^1].First + _runs[^1].Count - 1;

    /// <summary>The number of an item.</summary>
    internal long this[int index]
    {
        get
        {
            foreach (var (first, count) in _runs)
            {
                if (index < count)
                {
                    return first + index;
                }

                index -= count;
            }

            throw new ArgumentOutOfRangeException(nameof(index));
        }
    }

    internal void Add(long sequence)
    {
        Count++;
        if (_runs.Count > 0 && _runs[^1] is var (first, count) && first + count == sequence)
        {
            _runs[^1] = (first, count + 1);
        }
        else
        {
            _runs.Add((sequence, 1));
        }
    }

    /// <summary>Takes the first ones out.</summary>
    internal SequenceRuns Take(int count)
    {
        SequenceRuns taken = new() { Count = count };
        Count -= count;
        while (count > 0)
        {
            var (first, length) = _runs[0];
            var part = Math.Min(count, length);
            taken._runs.Add((first, part));
            count -= part;
            if (part == length)
            {
                _runs.RemoveAt(0);
            }
            else
            {
                _runs[0] = (first + part, length - part);
            }
        }

        return taken;
    }
}
