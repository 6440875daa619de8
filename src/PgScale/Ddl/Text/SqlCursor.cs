using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace PgScale.Ddl.Text;

/// <summary>Walks over the tokens of one statement.</summary>
internal sealed class SqlCursor(string sql, List<SqlToken> tokens)
{
    // Deeper nesting has no place in a schema change and would exhaust the stack.
    private const int MaxDepth = 100;

    private int _index;
    private int _depth;

    public SqlToken Current => tokens[_index];

    public bool AtEnd => Current.Kind == SqlTokenKind.End;

    public int Index => _index;

    public SqlToken Peek(int offset) => tokens[Math.Min(_index + offset, tokens.Count - 1)];

    public SqlToken Take() => AtEnd ? throw Unexpected() : tokens[_index++];

    /// <summary>Goes back to a place that was read before.</summary>
    public void Return(int index) => _index = index;

    /// <summary>What was written from the token of an index up to here.</summary>
    public string TextFrom(int index) => index < _index ? sql[tokens[index].Start..tokens[_index - 1].End] : "";

    public bool At(params ReadOnlySpan<string> words)
    {
        for (var offset = 0; offset < words.Length; offset++)
        {
            if (!Peek(offset).IsWord(words[offset]))
            {
                return false;
            }
        }

        return true;
    }

    public bool AtAny(params ReadOnlySpan<string> words) => Current.Kind == SqlTokenKind.Word && words.Contains(Current.Value);

    public bool AtSign(string sign) => Current.IsSign(sign);

    public bool Accept(params ReadOnlySpan<string> words)
    {
        var found = At(words);
        _index += found ? words.Length : 0;
        return found;
    }

    public bool AcceptSign(string sign)
    {
        var found = AtSign(sign);
        _index += found ? 1 : 0;
        return found;
    }

    /// <summary>The first of some words that stands here, taken; null when none does.</summary>
    public string? AcceptAny(params ReadOnlySpan<string> words) => AtAny(words) ? Take().Value : null;

    public void Expect(params ReadOnlySpan<string> words)
    {
        if (!Accept(words))
        {
            throw Unexpected(string.Join(' ', words!));
        }
    }

    public void ExpectSign(string sign)
    {
        if (!AcceptSign(sign))
        {
            throw Unexpected(sign);
        }
    }

    public void ExpectEnd()
    {
        if (!AtEnd)
        {
            throw Unexpected("the end");
        }
    }

    public bool AcceptIfExists() => Accept("if", "exists");

    public bool AcceptIfNotExists() => Accept("if", "not", "exists");

    /// <summary>CASCADE or RESTRICT or nothing; true for CASCADE.</summary>
    public bool AcceptCascade() => AcceptAny("cascade", "restrict") is "cascade";

    /// <summary>A name of a table, column, constraint and so on (ColId).</summary>
    public string Name() => TryName(out var name) ? name : throw Unexpected("a name");

    public bool TryName([NotNullWhen(true)] out string? name)
    {
        name = AtName ? tokens[_index++].Value : null;
        return name is not null;
    }

    public bool AtName => IsName(Current) && !BeginsPair;

    public static bool IsName(SqlToken token) =>
        token.Kind == SqlTokenKind.QuotedName || (token.Kind == SqlTokenKind.Word && SqlKeywords.MayNameColumn(token.Value));

    /// <summary>A name where any keyword will do (ColLabel).</summary>
    public string Label() => Current.Kind is SqlTokenKind.Word or SqlTokenKind.QuotedName && !BeginsPair ? Take().Value : throw Unexpected("a name");

    /// <summary>A name of a table, view, index or sequence, with a schema or without.</summary>
    public SqlName QualifiedName()
    {
        var first = Name();
        if (!AcceptSign("."))
        {
            return new SqlName(null, first);
        }

        SqlName name = new(first, Label());
        return AtSign(".") ? throw new SqlSyntaxException("A name of three parts is not known here.", Current.Start) : name;
    }

    /// <summary>A name of a function, type or operator class .</summary>
    public SqlName FunctionName()
    {
        SqlToken first = Current;
        if (Peek(1).IsSign(".") && Peek(2).Kind is SqlTokenKind.Word or SqlTokenKind.QuotedName)
        {
            return QualifiedName();
        }

        return first.Kind == SqlTokenKind.QuotedName || (first.Kind == SqlTokenKind.Word && SqlKeywords.MayNameFunction(first.Value) && !BeginsPair)
            ? new SqlName(null, Take().Value)
            : throw Unexpected("a name");
    }

    /// <summary>A name of a collation, operator class or access method (any_name).</summary>
    public SqlName AnyName() => QualifiedName();

    public List<T> List<T>(Func<T> item)
    {
        List<T> items = [item()];
        while (AcceptSign(","))
        {
            items.Add(item());
        }

        return items;
    }

    public List<T> Bracketed<T>(Func<T> item)
    {
        ExpectSign("(");
        List<T> items = List(item);
        ExpectSign(")");
        return items;
    }

    public List<string> Names() => Bracketed(Name);

    public string String() => Current.Kind == SqlTokenKind.Text ? Take().Value : throw Unexpected("a string");

    public int Integer() =>
        Current.Kind == SqlTokenKind.Integer && int.TryParse(Current.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? Advance(value)
            : throw Unexpected("a whole number");

    /// <summary>A number with or without a sign (NumericOnly).</summary>
    public void Number()
    {
        _ = AcceptSign("+") || AcceptSign("-");
        if (Take().Kind is not (SqlTokenKind.Integer or SqlTokenKind.Decimal))
        {
            _index--;
            throw Unexpected("a number");
        }
    }

    /// <summary>Runs a reader one level deeper.</summary>
    public T Deeper<T>(Func<T> read)
    {
        if (++_depth > MaxDepth)
        {
            throw new SqlSyntaxException($"Nested more than {MaxDepth} levels deep.", Current.Start);
        }

        T result = read();
        _depth--;
        return result;
    }

    public SqlSyntaxException Unexpected(string? wanted = null) => new(
        (AtEnd ? "The statement ends too early" : $"'{Shown(Current)}' is not known here") + (wanted is null ? "" : $", where {wanted} would be"),
        Current.Start);

    private bool BeginsPair => Current.Kind == SqlTokenKind.Word && Peek(1).Kind == SqlTokenKind.Word && SqlKeywords.IsPair(Current.Value, Peek(1).Value);

    private string Shown(SqlToken token) => token.Kind == SqlTokenKind.Text ? "a string" : sql[token.Start..token.End];

    private T Advance<T>(T value)
    {
        _index++;
        return value;
    }
}
