using System.Text;

namespace PgScale.Buffering.Redacting;

/// <summary>Masks values that follow secret names in a text of keys and values.</summary>
internal static class SecretText
{
    private const int WordsOfName = 2; // "Api Key: x"

    internal static string Mask(string text, SecretNames names, string mask)
    {
        StringBuilder? masked = null;
        var copied = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] is not ('=' or ':') || !names.Match(NameBefore(text, at)) || ValueAfter(text, at) is not { Length: > 0 } value)
            {
                continue;
            }

            (masked ??= new()).Append(text, copied, value.From - copied).Append(mask);
            copied = value.From + value.Length;
            at = copied - 1;
        }

        return masked is null ? text : masked.Append(text, copied, text.Length - copied).ToString();
    }

    private static ReadOnlySpan<char> NameBefore(string text, int separator)
    {
        var from = separator;
        for (var word = 0; word < WordsOfName; word++)
        {
            while (from > 0 && text[from - 1] is ' ' or '"' or '\'' or '\\')
            {
                from--;
            }

            while (from > 0 && IsOfName(text[from - 1]))
            {
                from--;
            }
        }

        return text.AsSpan(from, separator - from);
    }

    private static (int From, int Length) ValueAfter(string text, int separator)
    {
        var from = separator + 1;
        while (from < text.Length && text[from] is ' ' or '\t')
        {
            from++;
        }

        if (from < text.Length && text[from] is '"' or '\'')
        {
            return (from + 1, EndOfQuoted(text, from) - from - 1);
        }

        return (from, EndOfBare(text, from) - from);
    }

    private static int EndOfQuoted(string text, int quote)
    {
        for (var at = quote + 1; at < text.Length; at++)
        {
            if (text[at] == '\\')
            {
                at++;
            }
            else if (text[at] == text[quote])
            {
                return at;
            }
        }

        return text.Length;
    }

    // A value may hold spaces and commas: it goes on until something says that it does not.
    private static int EndOfBare(string text, int from)
    {
        for (var at = from; at < text.Length; at++)
        {
            if (text[at] is ';' or '&' or '\n' or '\r' || (text[at] is ' ' or ',' or '\t' && BeginsPair(text, at + 1)))
            {
                return at;
            }
        }

        return text.Length;
    }

    private static bool BeginsPair(string text, int from)
    {
        while (from < text.Length && text[from] is ' ' or '"' or '\'')
        {
            from++;
        }

        var at = from;
        while (at < text.Length && (IsOfName(text[at]) || text[at] is '"' or '\''))
        {
            at++;
        }

        return at > from && at < text.Length && text[at] is '=' or ':';
    }

    private static bool IsOfName(char character) => char.IsLetterOrDigit(character) || character is '_' or '-' or '.';
}
