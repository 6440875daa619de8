using PgScale.Cluster;
using PgScale.Routing;

namespace PgScale.Samples.ChatService.Web;

/// <summary>
/// Lets users see what they wrote, on whatever replica and in whatever process: the cookie's token begins the request's scope, and the
/// scope's token goes back.
/// </summary>
internal sealed class ConsistencyCookie(RequestDelegate next, ReplicaRouter router, ClusterMonitor monitor)
{
    private const string Name = "pgscale";

    // No tier reads from a replica that is further behind than this, so an older token says nothing.
    private static readonly CookieOptions Options = new() { HttpOnly = true, SameSite = SameSiteMode.Lax, MaxAge = TimeSpan.FromMinutes(5) };

    public async Task InvokeAsync(HttpContext context)
    {
        var token = ReadToken(context);
        using var scope = router.BeginConsistencyScope(token);
        context.Response.OnStarting(() =>
        {
            if (!scope.Token.Equals(token))
            {
                context.Response.Cookies.Append(Name, scope.Token.ToString(), Options);
            }

            return Task.CompletedTask;
        });
        await next(context);
    }

    // A cookie from before a move to another cluster says nothing here, and the router would refuse it.
    private ConsistencyToken ReadToken(HttpContext context) =>
        ConsistencyToken.TryParse(context.Request.Cookies[Name], out var token) && token.SystemIdentifier == monitor.Current.SystemIdentifier
            ? token
            : ConsistencyToken.None;
}
