namespace PgScale.Ddl.Text;

/// <summary>
/// Cuts a text into tokens by the server's lexical rules (src/backend/parser/scan.l), with <c>standard_conforming_strings</c> on. Where
/// versions differ, or a form has no place in a schema change, it throws.
/// </summary>
internal sealed class SqlLexer
{
    private readonly string _sql;
    private readonly SqlStringReader _strings;
    private int _position;

    private SqlLexer(string sql)
    {
        _sql = sql;
        _strings = new SqlStringReader(sql);
    }

    /// <summary>All tokens and the end.</summary>
    /// <exception cref="SqlSyntaxException">The text has a form that is not known.</exception>
    public static List<SqlToken> Read(string sql)
    {
        ThrowIfNotText(sql);
        SqlLexer lexer = new(sql);
        List<SqlToken> tokens = [];
        do
        {
            tokens.Add(lexer.Next());
        }
        while (tokens[^1].Kind != SqlTokenKind.End);

        return tokens;
    }

    private static void ThrowIfNotText(string sql)
    {
        for (var index = 0; index < sql.Length; index++)
        {
            if (sql[index] == '\0' || (char.IsSurrogate(sql[index]) && !char.IsSurrogatePair(sql, index) && !(index > 0 && char.IsSurrogatePair(sql, index - 1))))
            {
                throw new SqlSyntaxException("A character that the server cannot store.", index);
            }
        }
    }

    private char Current => At(0);

    private char At(int offset) => _position + offset < _sql.Length ? _sql[_position + offset] : '\0';

    private SqlToken Next()
    {
        SkipBlanks();
        var start = _position;
        return Current switch
        {
            '\0' => new SqlToken(SqlTokenKind.End, "", start, start),
            '\'' => Finish(start, SqlTokenKind.Text, _strings.ReadPlain(ref _position)),
            '"' => Finish(start, SqlTokenKind.QuotedName, _strings.ReadName(ref _position)),
            '$' => Finish(start, SqlTokenKind.Text, _strings.ReadDollar(ref _position)),
            var first when char.IsAsciiDigit(first) || (first == '.' && char.IsAsciiDigit(At(1))) => Number(start),
            var first when SqlCharacters.StartsName(first) => WordOrString(start),
            _ => Sign(start),
        };
    }

    private void SkipBlanks()
    {
        while (true)
        {
            if (SqlCharacters.IsBlank(Current))
            {
                _position++;
            }
            else if (Current == '-' && At(1) == '-')
            {
                _position = EndOfLine(_sql, _position);
            }
            else if (Current == '/' && At(1) == '*')
            {
                SkipComment();
            }
            else
            {
                return;
            }
        }
    }

    internal static int EndOfLine(string sql, int position)
    {
        var length = sql.AsSpan(position).IndexOfAny('\n', '\r');
        return length < 0 ? sql.Length : position + length;
    }

    private void SkipComment()
    {
        var start = _position;
        var depth = 0;
        do
        {
            if (_position >= _sql.Length)
            {
                throw new SqlSyntaxException("A comment does not end.", start);
            }

            var step = (Current, At(1)) switch { ('/', '*') => 1, ('*', '/') => -1, _ => 0 };
            depth += step;
            _position += step == 0 ? 1 : 2;
        }
        while (depth > 0);
    }

    private SqlToken WordOrString(int start)
    {
        switch (Current, At(1))
        {
            case ('e' or 'E', '\''):
                _position++;
                return Finish(start, SqlTokenKind.Text, _strings.ReadEscaped(ref _position));
            case ('b' or 'B' or 'x' or 'X', '\''):
                return Finish(start, SqlTokenKind.Bits, _strings.ReadBits(ref _position));
            case ('n' or 'N', '\''):
                throw new SqlSyntaxException("A national string is not known here; write it without N.", start);
            case ('u' or 'U', '&') when At(2) == '\'':
                _position += 2;
                return Finish(start, SqlTokenKind.Text, _strings.ReadUnicode(ref _position));
            case ('u' or 'U', '&') when At(2) == '"':
                _position += 2;
                return Finish(start, SqlTokenKind.QuotedName, _strings.ReadUnicodeName(ref _position));
            default:
                return Word(start);
        }
    }

    private SqlToken Word(int start)
    {
        while (_position < _sql.Length && SqlCharacters.ContinuesName(Current))
        {
            _position++;
        }

        return Finish(start, SqlTokenKind.Word, SqlNames.Fold(_sql.AsSpan(start, _position - start)));
    }

    // Versions differ about junk behind a number, underscores and other bases: only the plain forms are known.
    private SqlToken Number(int start)
    {
        SqlTokenKind kind = SqlTokenKind.Integer;
        SkipDigits();
        if (Current == '.')
        {
            kind = SqlTokenKind.Decimal;
            _position++;
            SkipDigits();
        }

        if (Current is 'e' or 'E')
        {
            kind = SqlTokenKind.Decimal;
            _position += At(1) is '+' or '-' ? 2 : 1;
            if (!char.IsAsciiDigit(Current))
            {
                throw new SqlSyntaxException("A number without the digits of its exponent.", start);
            }

            SkipDigits();
        }

        return SqlCharacters.ContinuesName(Current) || Current == '.'
            ? throw new SqlSyntaxException("A number is followed by something else without a blank.", start)
            : Finish(start, kind, _sql[start.._position]);
    }

    private void SkipDigits()
    {
        while (char.IsAsciiDigit(Current))
        {
            _position++;
        }
    }

    private SqlToken Sign(int start)
    {
        if (Current == ':' && At(1) is ':')
        {
            _position += 2;
        }
        else if (SqlCharacters.IsOperator(Current))
        {
            _position += OperatorLength();
        }
        else if (Current is '(' or ')' or '[' or ']' or ',' or ';' or '.' && At(1) != '.')
        {
            _position++;
        }
        else
        {
            throw new SqlSyntaxException($"The character U+{(int)Current:X4} has no place here.", start);
        }

        var sign = _sql[start.._position];
        return Finish(start, SqlTokenKind.Sign, sign == "!=" ? "<>" : sign);
    }

    private int OperatorLength()
    {
        ReadOnlySpan<char> rest = _sql.AsSpan(_position);
        var length = 0;
        while (length < rest.Length && SqlCharacters.IsOperator(rest[length]) && !StartsComment(rest[length..]))
        {
            length++;
        }

        while (length > 1 && rest[length - 1] is '+' or '-' && !AnyAllowsSignAtEnd(rest[..length]))
        {
            length--;
        }

        return length;
    }

    private static bool StartsComment(ReadOnlySpan<char> rest) => rest.StartsWith("--") || rest.StartsWith("/*");

    private static bool AnyAllowsSignAtEnd(ReadOnlySpan<char> signs)
    {
        foreach (var sign in signs)
        {
            if (SqlCharacters.AllowsSignAtEnd(sign))
            {
                return true;
            }
        }

        return false;
    }

    private SqlToken Finish(int start, SqlTokenKind kind, string value) => new(kind, value, start, _position);
}
