using PgScale.Caching.Local;

namespace PgScale.Tests.Caching.Local;

/// <summary>A store and the dictionary that it must agree with, but for what it evicted.</summary>
internal sealed class StoreAndModel(int maxEntries, long maxBytes)
{
    private readonly LocalStore<object> _store = new(maxEntries, maxBytes);
    private readonly Dictionary<string, (object Entry, int Size)> _model = new(StringComparer.Ordinal);
    private readonly Dictionary<string, object> _former = new(StringComparer.Ordinal);

    internal void Do(StoreStep step)
    {
        switch (step.Call)
        {
            case StoreCall.Get:
                Check(step, _store.TryGet(step.Name, out var entry), entry);
                break;
            case StoreCall.GetByCharacters:
                Check(step, _store.TryGet(step.Name.AsSpan(), out var same), same);
                break;
            case StoreCall.Set:
                Set(step);
                break;
            case StoreCall.Clear:
                _store.Clear();
                _model.Clear();
                break;
            default:
                Remove(step);
                break;
        }
    }

    internal void CheckBounds()
    {
        Require(_store.Count <= maxEntries, $"{_store.Count} entries");
        Require(_store.Bytes <= maxBytes, $"{_store.Bytes} bytes");
    }

    internal void CheckContent()
    {
        var held = _model.Where(pair => _store.TryGet(pair.Key, out var entry) && ReferenceEquals(entry, pair.Value.Entry)).ToList();
        Require(_store.Count == held.Count, $"Count is {_store.Count}, {held.Count} were found");
        var bytes = held.Sum(pair => EntryWeight.Of(pair.Key, pair.Value.Size));
        Require(_store.Bytes == bytes, $"Bytes is {_store.Bytes}, those found have {bytes}");
    }

    private void Set(StoreStep step)
    {
        var entry = new object();
        if (_model.TryGetValue(step.Name, out var former))
        {
            _former[step.Name] = former.Entry;
        }

        _store.Set(step.Name, entry, step.Size);
        _model[step.Name] = (entry, step.Size);
        var isKept = _store.TryGet(step.Name, out var found);
        Check(step, isKept, found);
        Require(isKept == EntryWeight.Of(step.Name, step.Size) <= maxBytes, $"{step} was {(isKept ? "kept" : "lost")} at once");
    }

    private void Remove(StoreStep step)
    {
        var isHeld = _store.TryGet(step.Name, out _);
        var former = _former.GetValueOrDefault(step.Name) ?? new();
        var current = _model.GetValueOrDefault(step.Name).Entry ?? new();
        var isRemoved = step.Call switch
        {
            StoreCall.RemoveFormer => _store.Remove(step.Name, former),
            StoreCall.RemoveCurrent => _store.Remove(step.Name, current),
            _ => _store.Remove(step.Name),
        };
        Require(isRemoved == (isHeld && step.Call != StoreCall.RemoveFormer), $"{step} returned {isRemoved}");
        if (step.Call != StoreCall.RemoveFormer)
        {
            _model.Remove(step.Name);
        }
    }

    private void Check(StoreStep step, bool isFound, object? entry)
    {
        if (isFound)
        {
            Require(_model.TryGetValue(step.Name, out var expected) && ReferenceEquals(entry, expected.Entry), $"{step} found another value");
        }
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new InvalidOperationException(otherwise);
        }
    }
}
