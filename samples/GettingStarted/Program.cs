using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Npgsql;
using PgScale;
using PgScale.Cluster;
using PgScale.Samples.GettingStarted;

// --local runs on three servers of this machine instead of those in appsettings.json.
var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
await using var servers = args.Contains("--local") ? await LocalServers.StartAsync(builder.Configuration) : null;

builder.Services.AddPgScale(builder.Configuration.GetSection("PgScale"));
builder.Services.AddHealthChecks().AddPgScaleCluster();
using var app = builder.Build();
await app.StartAsync();

var monitor = app.Services.GetRequiredService<ClusterMonitor>();
var connections = app.Services.GetRequiredService<NodeConnections>();

// Write to the primary. The token stands for everything that is committed there by now.
ConsistencyToken token;
await using (var connection = await connections.OpenAsync(monitor.Current.GetPrimary(), new(TierNames.Important, ReadOnly: false, "orders")))
{
    await using var insert = new NpgsqlCommand("INSERT INTO orders (item) VALUES ('book')", connection);
    await insert.ExecuteNonQueryAsync();
    token = await ConsistencyToken.CaptureAsync(connection);
}

// Read from a fresh replica that has replayed it, or else from the primary: the order is there either way.
var snapshot = monitor.Current;
var node = snapshot.GetFreshReplicas(TierNames.Important).FirstOrDefault(replica => snapshot.CoverageOf(replica, token) == TokenCoverage.Covered)
    ?? snapshot.GetPrimary();
await using (var connection = await connections.OpenAsync(node, new(TierNames.Important, ReadOnly: true, "orders")))
{
    await using var count = new NpgsqlCommand("SELECT count(*) FROM orders", connection);
    Console.WriteLine($"{node.Name} ({node.Role}) counts {await count.ExecuteScalarAsync()} orders.");
}

var health = await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
Console.WriteLine($"Health: {health.Status}. {health.Entries["pgscale-cluster"].Description}");
await app.StopAsync();
