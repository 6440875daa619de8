using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Npgsql;
using PgScale;
using PgScale.Cluster;
using PgScale.Routing;
using PgScale.Samples.GettingStarted;

// --local runs on three servers of this machine instead of those in appsettings.json.
var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
await using var servers = args.Contains("--local") ? await LocalServers.StartAsync(builder.Configuration) : null;

builder.Services.AddPgScale(builder.Configuration.GetSection("PgScale"));
builder.Services.AddHealthChecks().AddPgScaleCluster().AddPgScaleRouting();
using var app = builder.Build();
await app.StartAsync();
var router = app.Services.GetRequiredService<ReplicaRouter>();

// Writes go to the primary, in a transaction of their own. The token stands for the commit.
var write = await router.WriteAsync(async (connection, cancellation) =>
{
    await using var insert = new NpgsqlCommand("INSERT INTO orders (item) VALUES ('book') RETURNING id", connection);
    return (long)(await insert.ExecuteScalarAsync(cancellation))!;
});

// Reads go to a replica. One that carries the token sees the order, whatever replica it reaches.
var seen = await router.ReadAsync(
    async (connection, cancellation) =>
    {
        await using var count = new NpgsqlCommand("SELECT count(*) FROM orders WHERE id = $1", connection) { Parameters = { new() { Value = write.Value } } };
        return (long)(await count.ExecuteScalarAsync(cancellation))!;
    },
    new ReadOptions { Tier = TierNames.Critical, Token = write.Token });
Console.WriteLine($"Order {write.Value} was written, and seen {seen} time by the read after it.");

var health = await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
Console.WriteLine($"Health: {health.Status}. {health.Entries["pgscale-cluster"].Description}");
await app.StopAsync();
