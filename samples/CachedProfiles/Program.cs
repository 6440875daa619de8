// Profiles of users, cached in process and in Redis. A thousand requests for one that nobody has loaded ask the database once, and after a
// user has changed a name nobody sees the old one again, although replicas lag. Starts its own servers; yours would be in appsettings.json.
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PgScale;
using PgScale.Caching;
using PgScale.Cluster;
using PgScale.Routing;
using PgScale.Testing;

await using var postgres = await PostgresCluster.StartAsync();
await using var redis = await RedisServer.StartAsync();
await postgres.Primary.ExecuteAsync("CREATE TABLE profile (id int PRIMARY KEY, name text NOT NULL); INSERT INTO profile VALUES (1, 'version 0')");
await postgres.WaitForReplicasAsync();

var builder = Host.CreateApplicationBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services
    .AddPgScale(options => options.Nodes = [.. postgres.Servers.Select(server => new NodeOptions { Name = server.Name, ConnectionString = server.ConnectionString })])
    .AddCacheWithLocking(options => options.Redis = redis.ConnectionString);
using var app = builder.Build();
await app.StartAsync();
var router = app.Services.GetRequiredService<ReplicaRouter>();
var cache = app.Services.GetRequiredService<CacheWithLocking>();
var loads = 0;

var names = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(async _ => await ReadNameAsync(1)));
Console.WriteLine($"1,000 requests for {names[0]}: {loads} load.");
var isRight = loads == 1;

for (var version = 1; version <= 100; version++)
{
    await RenameAsync(1, $"version {version}");
    isRight &= await ReadNameAsync(1) == $"version {version}";
}

Console.WriteLine(isRight ? $"100 changes, each seen by the read after it: {loads} loads." : "A change was not seen.");
await app.StopAsync();
return isRight ? 0 : 1;

// The token says how fresh the load has to be. Handed to the router, it brings the row from a replica that is as fresh as that.
ValueTask<string> ReadNameAsync(int id) => cache.GetOrCreateAsync($"profile:{id}", async (fill, cancellation) =>
{
    Interlocked.Increment(ref loads);
    return await router.ReadAsync(
        (connection, _) => connection.QuerySingleAsync<string>("SELECT name FROM profile WHERE id = @id", new { id }),
        new ReadOptions { Token = fill.Token },
        cancellation);
});

// Removed with the token of the write: no load that read the old row is kept, in no process.
async Task RenameAsync(int id, string name)
{
    var token = await router.WriteAsync((connection, _) => connection.ExecuteAsync("UPDATE profile SET name = @name WHERE id = @id", new { id, name }));
    await cache.RemoveAsync($"profile:{id}", token.Token);
}
