namespace PgScale.Backfill.Ledger;

/// <summary>A failover took the ledger of a run, and with it every batch that was committed: the run may begin anew.</summary>
internal sealed class LedgerLostException() : Exception("A failover took the beginning of the run, and its batches with it.");
