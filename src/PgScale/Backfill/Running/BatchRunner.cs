using Npgsql;
using PgScale.Backfill.Ledger;
using PgScale.Backfill.Planning;

namespace PgScale.Backfill.Running;

/// <summary>Runs the batches of one range on its session: the checkpoint and the change in one transaction, and the next bound with them.</summary>
internal sealed class BatchRunner(RunnerSession session, string name, RangeClaim claim, BatchStatements statements, uint table)
{
    // First of all, so that a runner that was replaced fails before it has changed a row, and the one that replaces it waits for this row.
    private const string CheckpointSql = """
        WITH kept AS (
            UPDATE pgscale.backfill_range
            SET cursor = $5, stretch_upper = $6, stripes = $7, stripe = $8, stripe_cursor = $9, is_done = $10, rows_visited = rows_visited + $11,
                rows_changed = rows_changed + $12, batches = batches + 1, limited_by = $13, seen_at = pg_catalog.clock_timestamp()
            WHERE name = $1 AND stage = $2 AND number = $3 AND epoch = $4
            RETURNING 1)
        SELECT 1 / pg_catalog.count(*), pg_catalog.set_config('synchronous_commit', $14, true) FROM kept
        """;

    private const string SetAsideSql = """
        INSERT INTO pgscale.backfill_row (name, stage, key, sql_state, error, is_waiting) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (name, stage, key) DO UPDATE SET sql_state = excluded.sql_state, error = excluded.error, is_waiting = excluded.is_waiting, failed_at = pg_catalog.now()
        """;

    private const string TakeRowSql = """
        WITH taken AS (DELETE FROM pgscale.backfill_row WHERE name = $1 AND stage = $2 AND key = $3 AND is_waiting RETURNING 1)
        SELECT 1 / pg_catalog.count(*) FROM taken
        """;

    private const string BoundColumn = "pgscale_bound";

    private const string Versions = "pg_catalog.pg_stat_get_xact_tuples_updated($5), pg_catalog.pg_stat_get_xact_tuples_hot_updated($5)";

    // The row of the backfill was deleted under it.
    private static readonly BatchOutcome Forgotten = new(0, null, new(BackfillState.Cancelled, 0));

    private readonly PreparedBatches _prepared = new(session.Connection);

    private NpgsqlConnection Connection => session.Connection;

    /// <summary>Runs a batch. The server has either all of it or nothing; when the answer is lost, the checkpoint tells which.</summary>
    internal async Task<BatchOutcome> RunAsync(BatchOrder order, CancellationToken cancellationToken)
    {
        if (!statements.IsWork)
        {
            return await RunPipelinedAsync(order, cancellationToken).ConfigureAwait(false);
        }

        var checkpoint = Checkpoint(order);
        try
        {
            return await RunWorkAsync(order, checkpoint, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (BatchFailures.Classify(failure, checkpoint) == BatchFailure.Fenced)
        {
            throw new FencedException(failure);
        }
    }

    /// <summary>Moves the position past one row without changing it, and writes the row down.</summary>
    internal async Task SetAsideAsync(BatchOrder order, string? sqlState, string error, bool isWaiting, CancellationToken cancellationToken)
    {
        var checkpoint = Checkpoint(order);
        using var batch = new NpgsqlBatch(Connection);
        batch.BatchCommands.Add(checkpoint);
        batch.BatchCommands.Add(Sql.Step(
            SetAsideSql, Sql.Text(name), Sql.Integer(claim.Stage), Sql.Texts(order.Upper), Sql.Text(sqlState), Sql.Text(error), Sql.Flag(isWaiting)));
        try
        {
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (BatchFailures.Classify(failure, checkpoint) == BatchFailure.Fenced)
        {
            throw new FencedException(failure);
        }
    }

    /// <summary>Tries a row again that was set aside; false when somebody else has done so.</summary>
    internal async Task<bool> RetryRowAsync(string[] key, CancellationToken cancellationToken)
    {
        var taken = Sql.Step(TakeRowSql, Sql.Text(name), Sql.Integer(claim.Stage), Sql.Texts(key));
        try
        {
            await RetryRowAsync(taken, key, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (PostgresException failure) when (BatchFailures.Classify(failure, taken) == BatchFailure.Fenced)
        {
            return false;
        }
    }

    /// <summary>The bound so many rows behind another one; null when fewer are left.</summary>
    internal async Task<string[]?> FindBoundAsync(string[]? lower, string[] upper, int rows, CancellationToken cancellationToken) =>
        await Sql.AskAsync<string[]>(
            Connection, statements.NextBound(lower is null ? RowScope.FromStart : RowScope.Between), cancellationToken, Sql.Texts(lower), Sql.Texts(upper), Sql.Number(rows)).ConfigureAwait(false);

    private async Task RetryRowAsync(NpgsqlBatchCommand taken, string[] key, CancellationToken cancellationToken)
    {
        var transaction = await Connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = transaction.ConfigureAwait(false);
        if (statements.IsWork)
        {
            var keys = await LockAsync(taken, Sql.Step(statements.LockKeys(RowScope.One), Sql.Texts(null), Sql.Texts(key)), cancellationToken).ConfigureAwait(false);
            await statements.WorkAsync(new(Connection, keys), cancellationToken).ConfigureAwait(false);
        }
        else
        {
            using var batch = new NpgsqlBatch(Connection);
            batch.BatchCommands.Add(taken);
            batch.BatchCommands.Add(Sql.Step(statements.Apply(RowScope.One), Sql.Texts(null), Sql.Texts(key)));
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<BatchOutcome> RunPipelinedAsync(BatchOrder order, CancellationToken cancellationToken)
    {
        var batch = await _prepared.GetAsync(order.Scope, Checkpoint(order), Apply(order), LookAhead(order), cancellationToken).ConfigureAwait(false);
        try
        {
            return await RunPipelinedAsync(batch, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (BatchFailures.Classify(failure, batch.BatchCommands[0]) == BatchFailure.Fenced)
        {
            throw new FencedException(failure);
        }
    }

    private static async Task<BatchOutcome> RunPipelinedAsync(NpgsqlBatch batch, CancellationToken cancellationToken)
    {
        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = reader.ConfigureAwait(false);
        BatchOutcome? outcome = null;
        do
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                outcome = reader.FieldCount >= 5 && string.Equals(reader.GetName(0), BoundColumn, StringComparison.Ordinal) ? Read(reader) : outcome;
            }
        }
        while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));

        return (outcome ?? Forgotten) with { Changed = (long)batch.BatchCommands[1].Rows };
    }

    private async Task<BatchOutcome> RunWorkAsync(BatchOrder order, NpgsqlBatchCommand checkpoint, CancellationToken cancellationToken)
    {
        var transaction = await Connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = transaction.ConfigureAwait(false);
        var keys = await LockAsync(checkpoint, Rows(statements.LockKeys(order.Scope), order), cancellationToken).ConfigureAwait(false);
        var changed = keys.Count == 0 ? 0 : await statements.WorkAsync(new(Connection, keys), cancellationToken).ConfigureAwait(false);
        var outcome = await LookAheadAsync(order, cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return outcome with { Changed = changed };
    }

    private async Task<BatchOutcome> LookAheadAsync(BatchOrder order, CancellationToken cancellationToken)
    {
        using var batch = new NpgsqlBatch(Connection);
        batch.BatchCommands.Add(LookAhead(order));
        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = reader.ConfigureAwait(false);
        return await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? Read(reader) : Forgotten;
    }

    private async Task<List<object[]>> LockAsync(NpgsqlBatchCommand checkpoint, NpgsqlBatchCommand rows, CancellationToken cancellationToken)
    {
        using var batch = new NpgsqlBatch(Connection);
        batch.BatchCommands.Add(checkpoint);
        batch.BatchCommands.Add(rows);
        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = reader.ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var keys = new List<object[]>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var key = new object[reader.FieldCount];
            reader.GetValues(key);
            keys.Add(key);
        }

        return keys;
    }

    private NpgsqlBatchCommand Checkpoint(BatchOrder order)
    {
        var after = order.After;
        return Sql.Step(
            CheckpointSql,
            Sql.Text(name),
            Sql.Integer(claim.Stage),
            Sql.Integer(claim.Number),
            Sql.Number(claim.Epoch),
            Sql.Texts(after.Cursor),
            Sql.Texts(after.StretchUpper),
            Sql.Integer(after.Stripes),
            Sql.Integer(after.Stripe),
            Sql.Texts(after.StripeCursor),
            Sql.Flag(order.IsLast),
            Sql.Number(order.Visited),
            Sql.Number(order.Changed),
            Sql.Text(order.LimitedBy),
            Sql.Text(order.Durability));
    }

    private NpgsqlBatchCommand Apply(BatchOrder order) => Rows(statements.Apply(order.Scope), order);

    private static NpgsqlBatchCommand Rows(string sql, BatchOrder order) => order.Before.IsStriped
        ? Sql.Step(sql, Sql.Texts(order.Before.Lower), Sql.Texts(order.Upper), Sql.Integer(order.Before.Stripe), Sql.Integer(order.Before.Stripes))
        : Sql.Step(sql, Sql.Texts(order.Before.Lower), Sql.Texts(order.Upper));

    private NpgsqlBatchCommand LookAhead(BatchOrder order)
    {
        // Behind the last stripe's end comes the next stretch; within a striped stretch the bound is known.
        var sql = $"SELECT ({statements.NextBound(RowScope.Between)}) AS {BoundColumn}, b.state, b.version, {Versions} FROM pgscale.backfill AS b WHERE b.name = $4";
        return Sql.Step(
            sql,
            Sql.Texts(order.NextLower),
            Sql.Texts(claim.Upper),
            Sql.Number(order.NextRows),
            Sql.Text(name),
            new NpgsqlParameter { Value = table, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid });
    }

    private static BatchOutcome Read(NpgsqlDataReader reader) =>
        new(0, BackfillLedger.Bound(reader, 0), new(RunControl.Parse(reader.GetString(1)), reader.GetInt32(2))) { Versions = (reader.GetInt64(3), reader.GetInt64(4)) };
}
