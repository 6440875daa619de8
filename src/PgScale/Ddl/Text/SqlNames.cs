using System.Text;

namespace PgScale.Ddl.Text;

/// <summary>Names as the server folds, truncates and quotes them.</summary>
internal static class SqlNames
{
    private const int MaxBytes = 63;

    /// <summary>A word without quotes: only A to Z are folded, then it is truncated.</summary>
    public static string Fold(ReadOnlySpan<char> word) => Truncate(string.Create(word.Length, word, static (target, source) =>
    {
        for (var index = 0; index < target.Length; index++)
        {
            target[index] = char.IsAsciiLetterUpper(source[index]) ? (char)(source[index] | 0x20) : source[index];
        }
    }));

    /// <summary>At most 63 bytes of UTF-8, cut between characters.</summary>
    public static string Truncate(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) <= MaxBytes)
        {
            return name;
        }

        var bytes = 0;
        var length = 0;
        foreach (Rune rune in name.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > MaxBytes)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return name[..length];
    }

    /// <summary>The name as SQL writes it, in quotes where it needs them.</summary>
    public static string Quote(string name) => NeedsNoQuotes(name) ? name : $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A string constant.</summary>
    public static string Literal(string value)
    {
        var quoted = value.Replace("'", "''", StringComparison.Ordinal);
        return value.Contains('\\', StringComparison.Ordinal) ? $"E'{quoted.Replace("\\", "\\\\", StringComparison.Ordinal)}'" : $"'{quoted}'";
    }

    /// <summary>A new name made of an old one and an ending, at most 63 bytes long.</summary>
    public static string WithEnding(string name, string ending)
    {
        var room = MaxBytes - Encoding.UTF8.GetByteCount(ending);
        while (Encoding.UTF8.GetByteCount(name) > room)
        {
            name = name[..^(name.Length > 1 && char.IsLowSurrogate(name[^1]) ? 2 : 1)];
        }

        return name + ending;
    }

    private static bool NeedsNoQuotes(string name) =>
        name.Length > 0 && (char.IsAsciiLetterLower(name[0]) || name[0] == '_')
        && name.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '_')
        && SqlKeywords.IsPlain(name);
}
