namespace PgScale.Backfill.Ledger;

/// <summary>What is wanted of a backfill, as its row says; another process may have written it.</summary>
/// <param name="State">The state.</param>
/// <param name="Version">Grows with each change of the pace.</param>
internal readonly record struct RunControl(BackfillState State, int Version)
{
    internal bool MayWork => State == BackfillState.Running;

    internal static BackfillState Parse(string state) => Enum.Parse<BackfillState>(state, ignoreCase: true);

    internal static string Text(BackfillState state) => state switch
    {
        BackfillState.Running => "running",
        BackfillState.Paused => "paused",
        BackfillState.Cancelled => "cancelled",
        BackfillState.Completed => "completed",
        _ => "failed",
    };
}
