namespace PgScale.Routing;

/// <summary>A node did not reach the token of a read in time. Never leaves this folder: the read goes on elsewhere.</summary>
internal sealed class StaleNodeException(string node) : Exception($"{node} had not replayed the read's token in time.");
