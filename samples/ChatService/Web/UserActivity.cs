using PgScale.Buffering;
using PgScale.Samples.ChatService.Operations;
using PgScale.Samples.ChatService.Users;

namespace PgScale.Samples.ChatService.Web;

/// <summary>Notes of each request who made it and how it went. Both are buffered: the request waits for no server.</summary>
internal sealed class UserActivity(RequestDelegate next, LazyWriteBuffer<UserSeen> seen, LazyWriteBuffer<Operation> operations, TimeProvider time)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var startedAt = time.GetTimestamp();
        await next(context);
        if (Caller.IdOf(context) is { } user)
        {
            var now = time.GetUtcNow();
            seen.TryEnqueue(new(user, now));
            await operations.EnqueueAsync(
                new(now, user, context.Request.Method, context.Request.Path, context.Response.StatusCode, time.GetElapsedTime(startedAt).TotalSeconds), CancellationToken.None);
        }
    }
}
