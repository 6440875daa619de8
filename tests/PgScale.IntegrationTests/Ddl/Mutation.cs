using PgScale.Ddl.Text;
using PgScale.Tests.Corpus;

namespace PgScale.IntegrationTests.Ddl;

/// <summary>
/// Statements of the corpus, changed at random: tokens dropped, doubled, swapped, or taken from another statement, odd characters, names
/// that are too long, and in every second one changes of its characters, so that tokens touch, break and merge.
/// </summary>
internal sealed class Mutation(int seed)
{

    // What stands between tokens; some of it is no white space for the server.
    private static readonly string[] Gaps = ["", "", "", "\t", "\f", "\r", "\n", "\v", "\u00A0", "\u2028", "/**/", "/*/**/*/", "--\n", "--\r", "  "];
    private static readonly string[] Letters = ["'", "\"", "$", "\\", "_", "0", "e", "E", "U&", "-", "/", "*", "+", "@", "!", ":", "\0", "\uFEFF", "ü", "İ", "K", "ſ"];

    // Cut to 63 bytes by the server, the second in the middle of a letter.
    private static readonly string Long = new('a', 70);
    private static readonly string LongLetters = "x" + new string('ü', 40);

    private static readonly string[] Oddities = ["\u00A0", "\u3000", "\"", "'", "--", "/*", "*/", "$$", "$a$", "E'\\''", ";", "::", "=", "||", "-", "(", ")", ",", ".", "\u000B", "0x1F", "1e5", "1_0", "U&\"\\0061\"", "ONLY", "NOT", "COLLATE", "\"C\"", "CONCURRENTLY", "[1]", "IS NULL", "ANY", "\n", "a.b", "DEFAULT", "null", "Ü", Long, "\"" + Long + "\"", LongLetters, "U&\"d!0061t\" UESCAPE '!'", "U&'\\0441'", "B'101'", "X'1F'", "$1", "'a'\n'b'", "'a' 'b'", "@>", "<=-", "*/", "1.", ".5", "1..2", "0b11", "\\"];

    private readonly Random _random = new(seed);
    private readonly List<List<string>> _statements = [.. Sources()];

    public string Next()
    {
        List<string> parts = [.. _statements[_random.Next(_statements.Count)]];
        for (var changes = _random.Next(3) == 0 ? _random.Next(2, 4) : 1; changes > 0; changes--)
        {
            Change(parts);
        }

        var text = string.Join(' ', parts);
        return _random.Next(2) == 0 ? text : Blurred(text);
    }

    private static IEnumerable<List<string>> Sources()
    {
        foreach (CorpusRow row in CorpusRow.All)
        {
            List<string>? parts = null;
            try
            {
                var (sql, tokens) = StatementText.Split(row.Sql)[0];
                parts = [.. tokens.Where(token => token.End > token.Start).Select(token => sql[token.Start..token.End])];
            }
            catch (SqlSyntaxException)
            {
                // What the lexer does not know is no start for a mutation.
            }

            if (parts is not null)
            {
                yield return parts;
            }
        }
    }

    private string Blurred(string text)
    {
        for (var changes = _random.Next(1, 4); changes > 0 && text.Length > 2; changes--)
        {
            var place = _random.Next(text.Length);
            text = _random.Next(4) switch
            {
                0 => text.Remove(place, 1),
                1 => text.Insert(place, Letters[_random.Next(Letters.Length)]),
                2 => text.Insert(place, Gaps[_random.Next(Gaps.Length)]),
                _ when text.IndexOf(' ', place) is >= 0 and var gap => string.Concat(text.AsSpan(0, gap), Gaps[_random.Next(Gaps.Length)], text.AsSpan(gap + 1)),
                _ => text.ToUpperInvariant(),
            };
        }

        return text;
    }

    private void Change(List<string> parts)
    {
        var place = _random.Next(parts.Count);
        switch (_random.Next(6))
        {
            case 0 when parts.Count > 2:
                parts.RemoveAt(place);
                break;
            case 1:
                parts.Insert(place, parts[_random.Next(parts.Count)]);
                break;
            case 2:
                (parts[place], parts[_random.Next(parts.Count)]) = (parts[_random.Next(parts.Count)], parts[place]);
                break;
            case 3:
                parts.Insert(place, Oddities[_random.Next(Oddities.Length)]);
                break;
            default:
                List<string> other = _statements[_random.Next(_statements.Count)];
                parts[place] = other[_random.Next(other.Count)];
                break;
        }
    }
}
