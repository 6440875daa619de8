using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>What a session is opened for.</summary>
/// <param name="Profile">The pool and the guards.</param>
/// <param name="IsPrimary">Whether the node is the primary.</param>
/// <param name="IsRepeatable">Whether the work may be done again elsewhere on a mere suspicion that the node hangs.</param>
/// <param name="OnEnd">What it has taken is given back here, whatever becomes of it.</param>
internal readonly record struct SessionPurpose(SessionProfile Profile, bool IsPrimary, bool IsRepeatable, Action? OnEnd = null);
