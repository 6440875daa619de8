using PgScale.Samples.ChatService.Web;

namespace PgScale.Samples.ChatService.Messages;

internal static class MessageEndpoints
{
    private const int LongestBody = 4_000;

    public static void MapMessages(this IEndpointRouteBuilder app)
    {
        var conversation = app.MapGroup("/conversations/{id:long}");
        conversation.MapGet("/messages", (long id, MessageStore messages, CancellationToken cancellationToken) => messages.ReadLatestAsync(id, cancellationToken));
        conversation.MapGet("/words", (long id, MessageStore messages, CancellationToken cancellationToken) => messages.CountWordsAsync(id, cancellationToken));
        conversation.MapPost("/messages", SendAsync);
    }

    private static async Task<IResult> SendAsync(long id, NewMessage body, HttpContext context, MessageStore messages, CancellationToken cancellationToken)
    {
        if (Caller.IdOf(context) is not { } author)
        {
            return TypedResults.Unauthorized();
        }

        if (body.Id == Guid.Empty || body.Body is not { Length: > 0 and <= LongestBody })
        {
            return TypedResults.BadRequest($"A message has an id of its own and 1 to {LongestBody} characters.");
        }

        await messages.SendAsync(id, author, body, cancellationToken);
        return TypedResults.Created();
    }
}
