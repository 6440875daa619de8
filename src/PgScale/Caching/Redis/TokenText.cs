using System.Globalization;
using PgScale.Cluster;

namespace PgScale.Caching.Redis;

/// <summary>A token as it lies in Redis: 24 characters whose text order is the tokens' order, then the token's own text.</summary>
internal static class TokenText
{
    internal const int Length = 24 + ConsistencyToken.TextLength;

    internal static string Write(ConsistencyToken token) =>
        token.IsNone ? "" : string.Create(CultureInfo.InvariantCulture, $"{token.Timeline:x8}{(ulong)token.Position:x16}{token}");

    /// <summary>Always <see cref="Length"/> characters, for messages.</summary>
    internal static string WriteFixed(ConsistencyToken token) => Write(token).PadRight(Length);

    /// <summary>None when there is none or it cannot be read.</summary>
    internal static ConsistencyToken Read(ReadOnlySpan<char> text) =>
        text.Length == Length && ConsistencyToken.TryParse(text[24..], out var token) ? token : default;
}
