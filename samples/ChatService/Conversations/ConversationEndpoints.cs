using PgScale.Samples.ChatService.Users;

namespace PgScale.Samples.ChatService.Conversations;

internal static class ConversationEndpoints
{
    private const int LongestTitle = 200;

    public static void MapConversations(this IEndpointRouteBuilder app)
    {
        app.MapGet("/users/{id:long}/conversations", ListAsync);
        app.MapGet("/conversations/{id:long}", FindAsync);
        app.MapPut("/conversations/{id:long}/title", RetitleAsync);
    }

    private static Task<IEnumerable<ConversationSummary>> ListAsync(long id, ConversationStore conversations, CancellationToken cancellationToken) =>
        conversations.ListAsync(id, cancellationToken);

    private static async Task<IResult> FindAsync(long id, ConversationStore conversations, UserProfiles profiles, CancellationToken cancellationToken)
    {
        if (await conversations.FindAsync(id, cancellationToken) is not { } conversation)
        {
            return TypedResults.NotFound();
        }

        // The owner's name has one place in the cache, so that a new name needs to be removed in one place only.
        var owner = await profiles.FindAsync(conversation.OwnerId, cancellationToken);
        return TypedResults.Ok(new ConversationView(conversation.Id, conversation.Title, owner?.Name ?? ""));
    }

    private static async Task<IResult> RetitleAsync(long id, NewTitle body, ConversationStore conversations, CancellationToken cancellationToken)
    {
        if (body.Title is not { Length: > 0 and <= LongestTitle })
        {
            return TypedResults.BadRequest($"A title has 1 to {LongestTitle} characters.");
        }

        return await conversations.RetitleAsync(id, body.Title, cancellationToken) ? TypedResults.NoContent() : TypedResults.NotFound();
    }
}
