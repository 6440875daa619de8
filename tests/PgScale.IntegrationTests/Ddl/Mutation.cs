using PgScale.Ddl.Text;
using PgScale.Tests.Corpus;

namespace PgScale.IntegrationTests.Ddl;

/// <summary>Statements of the corpus, changed at random: tokens dropped, doubled, swapped, or taken from another statement, and odd characters.</summary>
internal sealed class Mutation(int seed)
{
    private static readonly string[] Oddities = ["\u00A0", "\u3000", "\"", "'", "--", "/*", "*/", "$$", "$a$", "E'\\''", ";", "::", "=", "||", "-", "(", ")", ",", ".", "\u000B", "0x1F", "1e5", "1_0", "U&\"\\0061\"", "ONLY", "NOT", "COLLATE", "\"C\"", "CONCURRENTLY", "[1]", "IS NULL", "ANY", "\n", "a.b", "DEFAULT", "null", "Ü"];

    private readonly Random _random = new(seed);
    private readonly List<List<string>> _statements = [.. Sources()];

    public string Next()
    {
        List<string> parts = [.. _statements[_random.Next(_statements.Count)]];
        for (var changes = _random.Next(3) == 0 ? _random.Next(2, 4) : 1; changes > 0; changes--)
        {
            Change(parts);
        }

        return string.Join(' ', parts);
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
