using System.Numerics;

namespace PgScale.Tests.Caching.Local;

/// <summary>Keys that all have one hash in the unseeded string hash of .NET, which a plain dictionary of strings begins with.</summary>
internal static class CollidingKeys
{
    // The hash takes 32 bits, two characters, at a time, in turn into two halves: half = (rotl(half, 5) + half) ^ bits. So the
    // second pair of bits of a half can undo what the first did.
    private const uint Start = (5381 << 16) + 5381;

    internal static IEnumerable<string> Generate(int count) => Enumerable.Range(1, count).Select(seed =>
    {
        var first = (uint)seed * 0x10001;
        var undo = Mix(Mix(Start) ^ first);
        return Characters(first, 0, undo, 0);
    });

    private static uint Mix(uint half) => BitOperations.RotateLeft(half, 5) + half;

    private static string Characters(params uint[] bits) =>
        string.Concat(bits.SelectMany(two => new[] { (char)(two & 0xFFFF), (char)(two >> 16) }));
}
