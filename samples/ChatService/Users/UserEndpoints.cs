namespace PgScale.Samples.ChatService.Users;

internal static class UserEndpoints
{
    private const int LongestName = 100;

    public static void MapUsers(this IEndpointRouteBuilder app)
    {
        var user = app.MapGroup("/users/{id:long}");
        user.MapGet("", FindAsync);
        user.MapPut("/name", RenameAsync);
    }

    private static async Task<IResult> FindAsync(long id, UserProfiles profiles, CancellationToken cancellationToken) =>
        await profiles.FindAsync(id, cancellationToken) is { } profile ? TypedResults.Ok(profile) : TypedResults.NotFound();

    private static async Task<IResult> RenameAsync(long id, NewName body, UserProfiles profiles, CancellationToken cancellationToken)
    {
        if (body.Name is not { Length: > 0 and <= LongestName })
        {
            return TypedResults.BadRequest($"A name has 1 to {LongestName} characters.");
        }

        return await profiles.RenameAsync(id, body.Name, cancellationToken) ? TypedResults.NoContent() : TypedResults.NotFound();
    }
}
