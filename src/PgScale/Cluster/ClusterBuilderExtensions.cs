using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using PgScale.DependencyInjection;

namespace PgScale.Cluster;

/// <summary>What the ground floor adds to <c>AddPgScale()</c> and to health checks.</summary>
public static class ClusterBuilderExtensions
{
    /// <summary>Adds a source of servers, created once by the container.</summary>
    /// <typeparam name="TSource">The source.</typeparam>
    public static IPgScaleBuilder AddNodeSource<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TSource>(
        this IPgScaleBuilder builder)
        where TSource : class, INodeSource
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddKeyedSingleton<INodeSource, TSource>(builder.Name);
        return builder;
    }

    /// <summary>Adds a source of servers that exists already.</summary>
    public static IPgScaleBuilder AddNodeSource(this IPgScaleBuilder builder, INodeSource source)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(source);
        builder.Services.AddKeyedSingleton(builder.Name, source);
        return builder;
    }

    /// <summary>
    /// Adds a health check: Unhealthy without a primary, Degraded when a tier that has replicas has no fresh one. It asks no server.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="instance">The instance as given to <c>AddKeyedPgScale</c>; default the unnamed one.</param>
    /// <param name="failureStatus">What to report without a primary; default Unhealthy.</param>
    /// <param name="tags">Tags of the check; default none.</param>
    public static IHealthChecksBuilder AddPgScaleCluster(
        this IHealthChecksBuilder builder, string? instance = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var key = instance ?? Options.DefaultName;
        return builder.Add(new(
            key.Length == 0 ? "pgscale-cluster" : $"pgscale-cluster-{key}",
            provider => new ClusterHealthCheck(provider.GetRequiredKeyedService<ClusterMonitor>(key)),
            failureStatus,
            tags));
    }
}
