using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PgScale.Cluster;
using PgScale.Routing;

namespace PgScale.Tests.Docs.Snippets;

/// <summary>The code of docs/routing.md.</summary>
internal static class RoutingPage
{
    public static void Register(IHostApplicationBuilder builder)
    {
        builder.Services.AddPgScale(builder.Configuration.GetSection("PgScale")); // the router too, with PgScale:Routing
        builder.Services.AddHealthChecks().AddPgScaleCluster().AddPgScaleRouting();
    }
}
