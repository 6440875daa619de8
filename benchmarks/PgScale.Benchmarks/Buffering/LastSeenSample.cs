namespace PgScale.Benchmarks.Buffering;

/// <summary>What became of users' requests.</summary>
/// <param name="SavedPercent">Requests without an update of a row.</param>
/// <param name="Updates">Updates, as the server counts them.</param>
/// <param name="BehindMinutes">The most by which a stored moment was ever behind the true one.</param>
internal sealed record LastSeenSample(double SavedPercent, long Updates, double BehindMinutes);
