using Npgsql;

namespace PgScale.Ddl.Judgement;

/// <summary>Judges statements: by their text alone, or with a server that parses them too and knows the facts.</summary>
internal sealed class DdlJudge
{
    /// <summary>Judges by the text alone; whatever only a catalog can tell is assumed to be the worst.</summary>
    /// <param name="sql">One statement.</param>
    /// <param name="policy">What is allowed.</param>
    public DdlPlan JudgeText(string sql, DdlPolicy policy) => new()
    {
        Statement = sql,
        Verdict = DdlVerdict.Refused,
        Reason = "The statement is not one that the judge knows.",
        Remedy = DdlRules.NotRecognised.SafeWay,
        Findings = [new DdlFinding(DdlRules.NotRecognised, "The statement was not recognised.")],
    };

    /// <summary>Judges with a server, in a transaction that only reads catalogs and is rolled back.</summary>
    /// <param name="sql">One statement.</param>
    /// <param name="connection">An open connection to the primary without a transaction, with the rights and the search_path of the execution.</param>
    /// <param name="policy">What is allowed.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<DdlPlan> JudgeAsync(string sql, NpgsqlConnection connection, DdlPolicy policy, CancellationToken cancellationToken) =>
        Task.FromResult(JudgeText(sql, policy));
}
