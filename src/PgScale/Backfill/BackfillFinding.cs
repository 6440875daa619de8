namespace PgScale.Backfill;

/// <summary>Something about a backfill that its owner should know before it starts.</summary>
/// <param name="Message">What it is and what to do.</param>
/// <param name="Risk">What would accept it; <see cref="BackfillRisks.None"/> for what needs no acceptance.</param>
/// <param name="IsRefusal">Whether the backfill does not start because of it.</param>
public sealed record BackfillFinding(string Message, BackfillRisks Risk, bool IsRefusal);
