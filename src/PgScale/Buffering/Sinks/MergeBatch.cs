using System.Text;
using System.Text.Json;
using PgScale.Buffering.Flushing;
using PgScale.Buffering.Holding;

namespace PgScale.Buffering.Sinks;

/// <summary>Merged items, one row for each key, in the order of the keys.</summary>
internal sealed class MergeBatch<T, TKey> : RowBatch
    where TKey : notnull
{
    private readonly MergeSink<T, TKey> _sink;
    private readonly TKey[] _keys;
    private readonly MergePlace[] _places;
    private readonly Dictionary<int, long?> _refused = [];
    private readonly Action<TKey, MergePlace, long> _written;

    internal MergeBatch(
        MergeSink<T, TKey> sink, MergeTable<T, TKey>[] parts, long through, long firstAt, Action<TKey, MergePlace, long> written)
        : base(parts.Sum(part => part.Count), parts.Sum(part => part.Items), parts.Sum(part => part.Bytes), through, firstAt)
    {
        _sink = sink;
        _written = written;
        Parts = parts;
        _keys = new TKey[Rows];
        _places = new MergePlace[Rows];
        Fill();
        if (sink.Order is { } order)
        {
            Array.Sort(_keys, _places, order);
        }
    }

    internal override bool WouldNameBadRow(RowRange range) => false;

    internal override bool IsMerged => true;

    internal MergeTable<T, TKey>[] Parts { get; }

    internal override Task<bool> WriteAsync(FlushTransaction transaction, RowSet rows, bool nameBadRow, CancellationToken cancellationToken)
    {
        for (var row = rows.Range.From; _refused.Count > 0 && row < rows.Range.End; row++)
        {
            _refused.Remove(row); // of an attempt that failed
        }

        return _sink.WriteAsync(transaction, rows.Of(_keys), rows.Of(_places), Parts, (index, stored) => _refused[rows.At(index)!.Value] = stored, cancellationToken);
    }

    // What the guard has refused is not what the table holds: the next item must be compared with that.
    internal override void Committed(RowSet rows)
    {
        for (var row = rows.Range.From; _sink.Guard is not null && row < rows.Range.End; row++)
        {
            var isRefused = _refused.TryGetValue(row, out var stored);
            if (!rows.Without.Contains(row) && (isRefused ? stored : _sink.GuardTicks(Parts[_places[row].Part].Cells, _places[row].Slot)) is { } ticks)
            {
                _written(_keys[row], _places[row], ticks);
            }
        }
    }

    internal override object? ItemAt(int row) => null;

    internal override string Describe(int row)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            _sink.Describe(json, _keys[row], Parts[_places[row].Part].Cells, _places[row].Slot);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private void Fill()
    {
        var row = 0;
        for (var part = 0; part < Parts.Length; part++)
        {
            Parts[part].Keys.CopyTo(_keys.AsSpan(row));
            for (var slot = 0; slot < Parts[part].Count; slot++)
            {
                _places[row++] = new(part, slot);
            }
        }
    }
}
