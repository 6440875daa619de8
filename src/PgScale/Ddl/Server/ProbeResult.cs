namespace PgScale.Ddl.Server;

/// <summary>What the server did to an empty copy of a table.</summary>
/// <param name="Rewrites">It got a new file.</param>
/// <param name="Scans">It was read.</param>
/// <param name="Rebuilt">Indexes, by their place in <see cref="RelationFacts.Indexes"/>, that got new files.</param>
/// <param name="Error">The server's refusal, or null.</param>
internal sealed record ProbeResult(bool Rewrites, bool Scans, IReadOnlyList<int> Rebuilt, string? Error);
