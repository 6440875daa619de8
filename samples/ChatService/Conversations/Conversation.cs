using System.ComponentModel;

namespace PgScale.Samples.ChatService.Conversations;

/// <summary>A conversation without its messages. Immutable, so that the cache hands out one object to all.</summary>
[ImmutableObject(true)]
internal sealed record Conversation(long Id, string Title, long OwnerId);
