using Npgsql;

namespace PgScale.Ddl.Execution;

/// <summary>Judges one statement with a server.</summary>
internal delegate Task<DdlPlan> JudgeStatement(string sql, NpgsqlConnection connection, DdlPolicy policy, CancellationToken cancellationToken);
