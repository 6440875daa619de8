using System.Runtime.CompilerServices;

namespace PgScale.Buffering.Sinks;

/// <summary>What a value takes in memory outside the item that holds it, about.</summary>
internal static class ColumnSize
{
    private const int ObjectBytes = 24;

    /// <summary>Whether all values of a type take the same.</summary>
    internal static bool IsFixed<TValue>() => !RuntimeHelpers.IsReferenceOrContainsReferences<TValue>();

    internal static long Of<TValue>(TValue value) => value switch
    {
        null => 0,
        string text => ObjectBytes + (sizeof(char) * (long)text.Length),
        byte[] bytes => ObjectBytes + bytes.Length,
        Array array => ObjectBytes + (2L * nint.Size * array.Length),
        _ => 4 * ObjectBytes,
    };

    /// <summary>What an item itself takes.</summary>
    internal static long OfItem<T>() => typeof(T).IsValueType ? Unsafe.SizeOf<T>() : (2 * ObjectBytes) + nint.Size;
}
