using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace PgScale.Caching;

/// <summary>Gives every text that may be a key a form that is safe in Redis, in messages and in memory.</summary>
/// <remarks>
/// A key that is too long, has control characters or half of a surrogate pair is replaced by its SHA-256, marked by a control
/// character, which no other key can have.
/// </remarks>
internal static class CacheKeys
{
    internal const int MaxLength = 1_024;

    private const char HashMark = '\u0001';

    internal static string Canonical(string key) => IsPlain(key) ? key : Hash(key);

    private static bool IsPlain(string key) =>
        key.Length <= MaxLength
        && key.AsSpan().IndexOfAnyInRange('\0', '\u001f') < 0
        && key.AsSpan().IndexOfAnyInRange('\u007f', '\u009f') < 0
        && (key.AsSpan().IndexOfAnyInRange('\ud800', '\udfff') < 0 || HasWholePairs(key));

    private static bool HasWholePairs(string key)
    {
        for (var index = 0; index < key.Length; index++)
        {
            if (char.IsSurrogate(key[index]) && !(index + 1 < key.Length && char.IsSurrogatePair(key[index], key[++index])))
            {
                return false;
            }
        }

        return true;
    }

    private static string Hash(string key) =>
        HashMark + Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(key.AsSpan())));
}
