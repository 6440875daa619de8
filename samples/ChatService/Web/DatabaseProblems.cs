using Microsoft.AspNetCore.Diagnostics;
using PgScale.Cluster;
using PgScale.Routing;

namespace PgScale.Samples.ChatService.Web;

/// <summary>Tells clients what is not their fault: too much load or no primary is a 503, and when to come back.</summary>
internal sealed class DatabaseProblems : IExceptionHandler
{
    private static readonly TimeSpan Failover = TimeSpan.FromSeconds(5);

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (RetryAfter(exception) is not { } pause)
        {
            return false;
        }

        httpContext.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        httpContext.Response.Headers.RetryAfter = $"{Math.Ceiling(pause.TotalSeconds):0}";
        await httpContext.Response.WriteAsync("The database is busy or being replaced. Please try again.", cancellationToken);
        return true;
    }

    private static TimeSpan? RetryAfter(Exception exception) => exception switch
    {
        ReadRejectedException rejected => rejected.RetryAfter,
        PrimaryUnavailableException => Failover,
        _ => null,
    };
}
