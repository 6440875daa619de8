namespace PgScale.Ddl;

/// <summary>How a step of a plan has to be run.</summary>
public enum DdlStepKind
{
    /// <summary>In a transaction of its own, with a short <c>statement_timeout</c>: its locks stop others but are held for milliseconds.</summary>
    Transaction,

    /// <summary>Outside any transaction, without lock and statement timeouts: one of the <c>CONCURRENTLY</c> statements.</summary>
    OutsideTransaction,

    /// <summary>In a transaction of its own, without a statement timeout: it reads a whole table under locks that let reads and writes pass.</summary>
    Validation,

    /// <summary>Many short transactions that fill a column in the order of a key: see <see cref="DdlStep.Backfill"/>.</summary>
    Backfill,
}
