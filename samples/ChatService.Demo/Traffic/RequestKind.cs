namespace PgScale.Samples.ChatService.Demo.Traffic;

/// <summary>What people do.</summary>
internal enum RequestKind
{
    ReadMessages,
    ReadProfile,
    ReadConversation,
    ListConversations,
    Send,
    Rename,
}
