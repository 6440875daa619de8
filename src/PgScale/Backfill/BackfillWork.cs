namespace PgScale.Backfill;

/// <summary>Changes the rows of a batch and returns how many it changed. It runs in the batch's transaction: do not commit or roll back in it.</summary>
/// <param name="batch">The connection, in the transaction, and the keys, whose rows are locked.</param>
/// <param name="cancellationToken">Ends when the run does.</param>
public delegate Task<long> BackfillWork(BackfillBatch batch, CancellationToken cancellationToken);
