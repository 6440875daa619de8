namespace PgScale.Caching.Tags;

/// <summary>What this process knows of one tag. Entries hold on to it, so that a removal reaches all of them with one write.</summary>
internal sealed class TagState(string name)
{
    private TagRecord _record = TagRecord.Never;
    private int _knownIn = -1;

    internal string Name => name;

    internal TagRecord Record => Volatile.Read(ref _record);

    internal bool IsKnownIn(int epoch) => Volatile.Read(ref _knownIn) == epoch;

    /// <summary>Takes over what Redis says. The same version stays the same object: that is what entries compare.</summary>
    internal void Learn(TagRecord record, int epoch, TagRecord before)
    {
        if (record.Version != before.Version)
        {
            Interlocked.CompareExchange(ref _record, record.Holding(before.Token), before); // a removal that was announced meanwhile is newer
        }

        Volatile.Write(ref _knownIn, epoch);
    }

    /// <summary>Takes over a removal that is not the one that is known. A token that an earlier one asked for is never forgotten: replicas may still lack that write.</summary>
    internal void Replace(TagRecord record)
    {
        for (var before = Record; before.Version != record.Version || before.Holding(record.Token) != before; before = Record)
        {
            if (ReferenceEquals(Interlocked.CompareExchange(ref _record, record.Holding(before.Token), before), before))
            {
                return;
            }
        }
    }
}
