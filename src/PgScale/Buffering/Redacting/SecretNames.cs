namespace PgScale.Buffering.Redacting;

/// <summary>Words that make a name secret, without case and separators.</summary>
internal sealed class SecretNames
{
    private const int Longest = 256;

    private readonly string[] _words;

    internal SecretNames(IEnumerable<string> words) => _words = [.. words.Select(Reduce).Distinct(StringComparer.Ordinal)];

    internal SecretNames And(IEnumerable<string> words) => new(_words.Concat(words));

    internal bool Match(ReadOnlySpan<char> name)
    {
        if (name.Length > Longest)
        {
            return true; // no name is that long: better a value too much than a secret
        }

        Span<char> reduced = stackalloc char[Longest];
        var length = Reduce(name, reduced);
        foreach (var word in _words)
        {
            if (reduced[..length].IndexOf(word, StringComparison.Ordinal) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    private static string Reduce(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        var reduced = new char[word.Length];
        var length = Reduce(word, reduced);
        return length > 0 ? new(reduced, 0, length) : throw new ArgumentException($"'{word}' has no letter or digit: it would make every name secret. Leave it out.", nameof(word));
    }

    private static int Reduce(ReadOnlySpan<char> name, Span<char> reduced)
    {
        var length = 0;
        foreach (var character in name)
        {
            if (char.IsLetterOrDigit(character))
            {
                reduced[length++] = char.ToLowerInvariant(character);
            }
        }

        return length;
    }
}
