namespace PgScale.IntegrationTests.Buffering;

/// <summary>One message in a conversation.</summary>
internal readonly record struct Hit(long Conversation, DateTime At);
