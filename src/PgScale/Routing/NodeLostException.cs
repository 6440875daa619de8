namespace PgScale.Routing;

/// <summary>The monitor found a node gone while work was under way on it. Never leaves this folder except as an inner exception.</summary>
internal sealed class NodeLostException(string node) : Exception($"{node} stopped answering while work was under way on it.");
