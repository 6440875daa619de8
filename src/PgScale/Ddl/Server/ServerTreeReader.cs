using System.Text;

namespace PgScale.Ddl.Server;

/// <summary>Reads what the server prints of a parse tree (outfuncs.c): <c>{NODE :field value …}</c>, lists in brackets, backslashes for quoting.</summary>
internal sealed class ServerTreeReader
{
    private readonly string _text;
    private int _position;

    private ServerTreeReader(string text) => _text = text;

    public static ServerNode Read(string text) => new ServerTreeReader(text).Value();

    private ServerNode Value()
    {
        SkipBlanks();
        return Current switch
        {
            '{' => Struct(),
            '(' => List(),
            _ => new ServerNode(Word()),
        };
    }

    private char Current => _position < _text.Length ? _text[_position] : '\0';

    private ServerNode Struct()
    {
        _position++;
        ServerNode node = new(Word()) { IsStruct = true };
        SkipBlanks();
        while (Current is not ('}' or '\0'))
        {
            var field = Word().TrimStart(':');
            node.Fields[field] = Values();
            SkipBlanks();
        }

        _position++;
        return node;
    }

    // A field may be printed as several values in a row, for example a datum: the first counts.
    private ServerNode Values()
    {
        ServerNode first = Value();
        SkipBlanks();
        while (Current is not (':' or '}' or '\0'))
        {
            Value();
            SkipBlanks();
        }

        return first;
    }

    private ServerNode List()
    {
        _position++;
        ServerNode node = new("");
        SkipBlanks();
        while (Current is not (')' or '\0'))
        {
            node.Items.Add(Value());
            SkipBlanks();
        }

        _position++;
        return node;
    }

    private string Word()
    {
        SkipBlanks();
        StringBuilder word = new();
        if (Current == '"')
        {
            return Quoted();
        }

        while (Current is not (' ' or '\n' or '\t' or '(' or ')' or '{' or '}' or '\0'))
        {
            word.Append(Character());
        }

        if (word.Length == 0)
        {
            _position++; // never stands still, whatever was printed
        }

        return word.ToString();
    }

    private string Quoted()
    {
        StringBuilder word = new();
        _position++;
        while (_position < _text.Length && Current != '"')
        {
            word.Append(Character());
        }

        _position++;
        return word.ToString();
    }

    // The server breaks its lines at blanks, also at those of a name.
    private char Character()
    {
        _position += Current == '\\' && _position + 1 < _text.Length ? 1 : 0;
        return _text[_position++] is var next && next == '\n' ? ' ' : next;
    }

    private void SkipBlanks()
    {
        while (Current is ' ' or '\n' or '\t' or '\r')
        {
            _position++;
        }
    }
}
