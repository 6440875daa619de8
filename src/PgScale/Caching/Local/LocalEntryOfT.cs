using PgScale.Caching.Serialization;

namespace PgScale.Caching.Local;

/// <summary>The value itself where callers share it; its bytes where each gets an object of its own.</summary>
internal sealed class LocalEntry<T> : LocalEntry
{
    private readonly T _value = default!;
    private readonly ValueCopies<T>? _copies;

    internal LocalEntry(Filled<T> filled)
    {
        _copies = filled.Copies;
        _value = _copies is null ? filled.Value : default!;
    }

    internal T Read() => _copies is null ? _value : _copies.Create();
}
