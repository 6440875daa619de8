namespace PgScale.Cluster;

/// <summary>The end of one probe: facts, or a fault.</summary>
/// <param name="SentAt">When the question was sent, as a timestamp of the time provider.</param>
/// <param name="ReceivedAt">When the answer or the failure was there.</param>
/// <param name="Facts">What the server said, or null.</param>
/// <param name="Fault">Why it said nothing, or null.</param>
internal readonly record struct NodeObservation(long SentAt, long ReceivedAt, NodeFacts? Facts, NodeFault? Fault);
