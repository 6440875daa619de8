using PgScale.Cluster;
using PgScale.Samples.Demo.Chat;

namespace PgScale.Samples.Demo.Load;

/// <summary>A message whose sending was confirmed, and the token that came with it.</summary>
internal sealed record SentMessage(ChatMessage Message, ConsistencyToken Token);
