using Npgsql;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Judgement;

/// <summary>Judges statements: by their text alone, or with a server that parses them too and knows the facts.</summary>
internal sealed class DdlJudge
{
    /// <summary>Judges by the text alone; whatever only a catalog can tell is assumed to be the worst.</summary>
    /// <param name="sql">One statement.</param>
    /// <param name="policy">What is allowed.</param>
    public DdlPlan JudgeText(string sql, DdlPolicy policy) =>
        Recognition.Of(sql) is { Statement: { } statement } known
            ? Decide(known, statement, StatementFacts.None, policy)
            : Verdicts.Refused(Recognition.Of(sql), policy, fromServer: false);

    /// <summary>Judges with a server, in a transaction that only reads catalogs and is rolled back.</summary>
    /// <param name="sql">One statement.</param>
    /// <param name="connection">An open connection to the primary without a transaction, with the rights and the search_path of the execution.</param>
    /// <param name="policy">What is allowed.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="NpgsqlException">The server does not answer.</exception>
    public async Task<DdlPlan> JudgeAsync(string sql, NpgsqlConnection connection, DdlPolicy policy, CancellationToken cancellationToken)
    {
        Recognition known = Recognition.Of(sql);
        if (known.Statement is not { } statement)
        {
            return Verdicts.Refused(known, policy, fromServer: false);
        }

        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            try
            {
                return await JudgeInTransactionAsync(known, statement, connection, policy, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                await transaction.RollbackAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private static async Task<DdlPlan> JudgeInTransactionAsync(
        Recognition known, DdlStatement statement, NpgsqlConnection connection, DdlPolicy policy, CancellationToken cancellationToken)
    {
        await FactsReader.PrepareAsync(connection, cancellationToken).ConfigureAwait(false);
        if (await SecondParser.DisagreementAsync(known.Sql, statement, connection, cancellationToken).ConfigureAwait(false) is { } disagreement)
        {
            return Verdicts.Refused(known with { Statement = null, Rule = DdlRules.ServerDisagrees, Problem = disagreement }, policy, fromServer: true);
        }

        StatementFacts facts = await new FactsReader(connection, cancellationToken).ReadAsync(statement).ConfigureAwait(false);
        return Decide(known, statement, facts, policy);
    }

    private static DdlPlan Decide(Recognition known, DdlStatement statement, StatementFacts facts, DdlPolicy policy)
    {
        Ruling ruling = new(facts, policy);
        if (ObjectRules.Find(statement, ruling))
        {
            StatementRules.Apply(known.Sql, statement, ruling);
        }

        return Verdicts.Of(known.Sql, statement, ruling);
    }
}
