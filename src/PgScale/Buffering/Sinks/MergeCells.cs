namespace PgScale.Buffering.Sinks;

/// <summary>The values of one merged column, a slot for each key.</summary>
internal abstract class MergeCells<T>
{
    /// <summary>Works out what a slot would hold with an item; everything of the user's runs here, so that a throw changes nothing.</summary>
    internal abstract void Prepare(int slot, T item, bool isNew);

    /// <summary>Puts what was worked out into the slot.</summary>
    internal abstract void Keep(int slot);

    /// <summary>Makes room for so many slots.</summary>
    internal abstract void Grow(int slots);

    /// <summary>Forgets so many slots.</summary>
    internal abstract void Clear(int slots);
}
