using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PgScale.Cluster;

namespace PgScale.Tests.Docs.Snippets;

/// <summary>The code of docs/cluster.md.</summary>
internal static class ClusterPage
{
    public static void Register(IHostApplicationBuilder builder)
    {
        builder.Services.AddPgScale(builder.Configuration.GetSection("PgScale"));
        builder.Services.AddHealthChecks().AddPgScaleCluster();
    }
}
