using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using PgScale.Caching;
using PgScale.Cluster;
using PgScale.Routing;

namespace PgScale.Tests.Docs.Snippets;

/// <summary>The code of docs/caching.md.</summary>
internal static class CachingPage
{
    public static void Register(IHostApplicationBuilder builder)
    {
        builder.Services.AddPgScale(builder.Configuration.GetSection("PgScale")) // the cache too, with PgScale:Caching
            .AddCacheWithLocking(options => options.Redis = "redis:6379,password=…")
            .AsHybridCache();
        builder.Services.AddHealthChecks().AddPgScaleCluster().AddPgScaleCaching();
    }

    public static async Task<User> UseAsync(CacheWithLocking cache, ReplicaRouter router, int id, string name)
    {
        var user = await cache.GetOrCreateAsync($"user:{id}", (context, token) =>
            new ValueTask<User>(router.ReadAsync((connection, ct) => LoadUserAsync(connection, id, ct), new() { Token = context.Token }, token)));

        var token = await router.WriteAsync((connection, ct) => RenameAsync(connection, id, name, ct));
        await cache.RemoveAsync($"user:{id}", token);
        return user;
    }

    private static Task<User> LoadUserAsync(NpgsqlConnection connection, int id, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"{connection} {id} {cancellationToken.CanBeCanceled}");

    private static Task RenameAsync(NpgsqlConnection connection, int id, string name, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"{connection} {id} {name} {cancellationToken.CanBeCanceled}");

    internal sealed record User(int Id, string Name);
}
