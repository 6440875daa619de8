using System.Globalization;
using System.Text;

namespace PgScale.Ddl.Text;

/// <summary>Reads whatever stands in quotes. Each method begins at the opening quote and leaves the position behind the closing one.</summary>
internal sealed class SqlStringReader(string sql)
{
    public string ReadPlain(ref int position) => ReadContinued(ref position, '\'', escapes: false);

    public string ReadEscaped(ref int position) => ReadContinued(ref position, '\'', escapes: true);

    public string ReadName(ref int position) => Name(Quoted(ref position, '"', escapes: false), position);

    public string ReadUnicode(ref int position)
    {
        var start = position;
        return NoUescape(Unicode(ReadPlain(ref position), start), position);
    }

    public string ReadUnicodeName(ref int position)
    {
        var start = position;
        return Name(NoUescape(Unicode(Quoted(ref position, '"', escapes: false), start), position), position);
    }

    public string ReadBits(ref int position)
    {
        var hexadecimal = sql[position++] is 'x' or 'X';
        var start = position;
        var digits = ReadPlain(ref position);
        return digits.All(digit => hexadecimal ? char.IsAsciiHexDigit(digit) : digit is '0' or '1')
            ? digits
            : throw new SqlSyntaxException("A bit string has another character than its digits.", start);
    }

    public string ReadDollar(ref int position)
    {
        var start = position;
        var end = position + 1;
        if (end < sql.Length && SqlCharacters.StartsTag(sql[end]))
        {
            while (end < sql.Length && SqlCharacters.ContinuesTag(sql[end]))
            {
                end++;
            }
        }

        if (end >= sql.Length || sql[end] != '$')
        {
            throw new SqlSyntaxException("A $ that begins no string.", start);
        }

        var tag = sql[start..(end + 1)];
        var close = sql.IndexOf(tag, end + 1, StringComparison.Ordinal);
        if (close < 0)
        {
            throw new SqlSyntaxException($"A string in {tag} does not end.", start);
        }

        position = close + tag.Length;
        return sql[(end + 1)..close];
    }

    // 'a' <blanks with a line break> 'b' is one string.
    private string ReadContinued(ref int position, char quote, bool escapes)
    {
        StringBuilder value = new(Quoted(ref position, quote, escapes));
        while (NextPart(position) is { } next)
        {
            position = next;
            value.Append(Quoted(ref position, quote, escapes));
        }

        return value.ToString();
    }

    private int? NextPart(int position)
    {
        var lineBreak = false;
        while (position < sql.Length)
        {
            if (SqlCharacters.IsBlank(sql[position]))
            {
                lineBreak |= sql[position] is '\n' or '\r';
                position++;
            }
            else if (lineBreak && sql.AsSpan(position).StartsWith("--"))
            {
                position = SqlLexer.EndOfLine(sql, position);
            }
            else
            {
                return lineBreak && sql[position] == '\'' ? position : null;
            }
        }

        return null;
    }

    private string Quoted(ref int position, char quote, bool escapes)
    {
        var start = position++;
        StringBuilder value = new();
        while (position < sql.Length)
        {
            var character = sql[position++];
            if (character == '\\' && escapes)
            {
                value.Append(Escape(ref position));
            }
            else if (character != quote)
            {
                value.Append(character);
            }
            else if (position < sql.Length && sql[position] == quote)
            {
                value.Append(quote);
                position++;
            }
            else
            {
                return value.ToString();
            }
        }

        throw new SqlSyntaxException("A quote does not end.", start);
    }

    private string Escape(ref int position)
    {
        var character = position < sql.Length ? sql[position++] : throw new SqlSyntaxException("A quote does not end.", position);
        return character switch
        {
            'b' => "\b",
            'f' => "\f",
            'n' => "\n",
            'r' => "\r",
            't' => "\t",
            '\\' or '\'' => character.ToString(),
            // Bytes and code points may make invalid text, and other letters are errors in waiting: schema changes need none of them.
            _ => throw new SqlSyntaxException("An escape in a string that is not known here.", position - 1),
        };
    }

    private static string Unicode(string raw, int position)
    {
        StringBuilder value = new();
        for (var index = 0; index < raw.Length; index++)
        {
            if (raw[index] != '\\')
            {
                value.Append(raw[index]);
            }
            else if (index + 1 < raw.Length && raw[index + 1] == '\\')
            {
                value.Append('\\');
                index++;
            }
            else
            {
                var digits = index + 1 < raw.Length && raw[index + 1] == '+' ? 6 : 4;
                var first = digits == 6 ? index + 2 : index + 1;
                value.Append(Character(raw, first, digits, position));
                index = first + digits - 1;
            }
        }

        return value.ToString();
    }

    private static string Character(string raw, int first, int digits, int position) =>
        first + digits <= raw.Length
        && raw.AsSpan(first, digits).ToString().All(char.IsAsciiHexDigit)
        && Rune.IsValid(int.Parse(raw.AsSpan(first, digits), NumberStyles.HexNumber, CultureInfo.InvariantCulture))
        && int.Parse(raw.AsSpan(first, digits), NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and var code
            ? new Rune(code).ToString()
            : throw new SqlSyntaxException("A Unicode escape that is not known here.", position);

    private string NoUescape(string value, int position)
    {
        ReadOnlySpan<char> rest = sql.AsSpan(position).TrimStart([' ', '\t', '\n', '\r', '\f']);
        return rest.StartsWith("uescape", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("--") || rest.StartsWith("/*")
            ? throw new SqlSyntaxException("UESCAPE, or a comment in its place, is not known here.", position)
            : value;
    }

    private static string Name(string value, int position) =>
        value.Length > 0 ? SqlNames.Truncate(value) : throw new SqlSyntaxException("A name of no characters.", position);
}
