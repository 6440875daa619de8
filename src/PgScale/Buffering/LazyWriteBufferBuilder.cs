using Npgsql;
using PgScale.Buffering.Flushing;
using PgScale.Buffering.Sinks;

namespace PgScale.Buffering;

/// <summary>Says what a buffer does with its items: choose one of <see cref="AppendTo"/>, <see cref="MergeInto"/> and <see cref="FlushWith"/>.</summary>
/// <typeparam name="T">The items.</typeparam>
public sealed class LazyWriteBufferBuilder<T>
{
    private Func<SinkPlan<T>>? _plan;

    internal LazyWriteBufferBuilder(string name) => Name = name;

    /// <summary>The name of the buffer.</summary>
    public string Name { get; }

    internal Func<T, T>? Redaction { get; private set; }

    internal Func<T, long>? Size { get; private set; }

    internal DeadLetterTarget DeadLetters { get; private set; } = new DeadLetterTable();

    internal SinkPlan<T> Plan => (_plan ?? throw new InvalidOperationException(
        $"Buffer '{Name}' does not say where its items go. Call AppendTo, MergeInto or FlushWith in AddLazyWriteBuffer."))();

    /// <summary>Each item becomes a row of a table.</summary>
    /// <param name="table">The table, <c>name</c> or <c>schema.name</c>.</param>
    public AppendSinkBuilder<T> AppendTo(string table)
    {
        var sink = new AppendSinkBuilder<T>(table);
        Use(sink.ToPlan);
        return sink;
    }

    /// <summary>Items with the same key become one row per flush, which is inserted or merged into the row that is there.</summary>
    /// <param name="table">The table, <c>name</c> or <c>schema.name</c>.</param>
    public MergeKeyBuilder<T> MergeInto(string table)
    {
        Use(() => throw new InvalidOperationException($"MergeInto(\"{table}\") has no key. Call Key."));
        return new(table, plan => _plan = plan);
    }

    /// <summary>
    /// Your own statements for a batch. They run in a transaction that PgScale begins and commits, so that a batch is applied once; they may run
    /// again after a failure, and for a part of a batch when a row of it is bad.
    /// </summary>
    /// <param name="flush">Writes the items. Do not begin, commit or roll back in it, and do not keep the list.</param>
    public void FlushWith(Func<NpgsqlConnection, IReadOnlyList<T>, CancellationToken, Task> flush)
    {
        ArgumentNullException.ThrowIfNull(flush);
        Use(() => new OwnSinkPlan<T>(flush));
    }

    /// <summary>Changes each item before it is held: take passwords and tokens out here. Hooks run in the order in which they were added.</summary>
    /// <param name="redact">The item without what must not be kept.</param>
    public LazyWriteBufferBuilder<T> Redact(Func<T, T> redact)
    {
        ArgumentNullException.ThrowIfNull(redact);
        Redaction = Redaction is { } before ? item => redact(before(item)) : redact;
        return this;
    }

    /// <summary>What an item takes in memory, for <see cref="LazyWriteBufferOptions.MaxBytes"/>. Default: the item and the texts in its mapped columns.</summary>
    /// <param name="size">Bytes. Quick: it runs at each enqueue.</param>
    public LazyWriteBufferBuilder<T> SizeOf(Func<T, long> size)
    {
        ArgumentNullException.ThrowIfNull(size);
        Size = size;
        return this;
    }

    /// <summary>Rows that the table refuses go to a delegate, instead of to <c>pgscale.dead_letter</c>. At least once each.</summary>
    /// <param name="keep">Keeps a row. If it throws five times the row is logged, without its values, and lost.</param>
    public LazyWriteBufferBuilder<T> DeadLetterTo(Func<DeadLetter, CancellationToken, ValueTask> keep)
    {
        ArgumentNullException.ThrowIfNull(keep);
        DeadLetters = new DeadLetterDelegate(keep);
        return this;
    }

    /// <summary>Rows that the table refuses go to a file, one JSON object a line, instead of to <c>pgscale.dead_letter</c>. At least once each.</summary>
    /// <param name="path">The file; its folder is made when it is missing.</param>
    public LazyWriteBufferBuilder<T> DeadLetterTo(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        DeadLetters = new DeadLetterFile(path);
        return this;
    }

    private void Use(Func<SinkPlan<T>> plan) => _plan = _plan is null
        ? plan
        : throw new InvalidOperationException($"Buffer '{Name}' has a sink already. A buffer has one; add another buffer for the other table.");
}
