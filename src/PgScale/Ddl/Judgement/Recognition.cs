using PgScale.Ddl.Text;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Judgement;

/// <summary>What the text is: a known statement, or the rule that it meets otherwise.</summary>
internal sealed record Recognition(string Sql, DdlStatement? Statement, DdlRule? Rule, string Problem)
{
    public static Recognition Of(string text)
    {
        try
        {
            return Of(text, StatementText.Split(text));
        }
        catch (SqlSyntaxException unknown)
        {
            return new Recognition(text.Trim(), null, DdlRules.NotRecognised, unknown.Message);
        }
    }

    private static Recognition Of(string text, List<(string Sql, List<SqlToken> Tokens)> statements)
    {
        if (statements.Count != 1)
        {
            return statements.Count == 0
                ? new Recognition(text, null, DdlRules.NotRecognised, "There is no statement.")
                : new Recognition(text.Trim(), null, DdlRules.SeveralStatements, $"There are {statements.Count} statements.");
        }

        var (sql, tokens) = statements[0];
        var first = tokens[0].Kind == SqlTokenKind.Word ? tokens[0].Value : "";
        return Other(first, tokens) is { } rule
            ? new Recognition(sql, null, rule, $"{first.ToUpperInvariant()} is no change of the schema.")
            : new Recognition(sql, DdlRecogniser.Read(sql, tokens), null, "");
    }

    private static DdlRule? Other(string first, List<SqlToken> tokens) => first switch
    {
        "begin" or "start" or "commit" or "end" or "rollback" or "abort" or "savepoint" or "release" or "prepare" or "set" or "reset" or "lock" or "discard" => DdlRules.TransactionControl,
        "select" or "insert" or "update" or "delete" or "merge" or "with" or "values" or "table" or "copy" or "do" or "call" or "execute" or "explain" or "fetch" or "move"
            or "declare" or "close" or "listen" or "notify" or "unlisten" or "load" or "checkpoint" or "show" or "deallocate" or "analyze" or "analyse" or "import" => DdlRules.NotSchema,
        "vacuum" when !tokens.Exists(token => token.IsWord("full")) => DdlRules.NotSchema,
        _ => null,
    };
}
