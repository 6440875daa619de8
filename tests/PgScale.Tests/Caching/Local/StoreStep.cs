namespace PgScale.Tests.Caching.Local;

/// <summary>One call of a random sequence against the store and its model.</summary>
internal readonly record struct StoreStep(StoreCall Call, int Key, int Size)
{
    internal string Name => $"key{Key}";
}
