// The .sql files of a folder are applied when the application starts, before it takes requests. Three instances start at once, as in a
// rolling deployment: one of them does the work, the others wait for it and find nothing left to do.
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PgScale;
using PgScale.Cluster;
using PgScale.Ddl;
using PgScale.Testing;

const int Instances = 3;
var folder = Path.Combine(AppContext.BaseDirectory, "migrations");
await using var postgres = await PostgresCluster.StartAsync();
var instances = await Task.WhenAll(Enumerable.Range(1, Instances).Select(StartAsync));
var applied = instances.Sum();
var indexed = await postgres.Primary.ScalarAsync<bool>("SELECT indisvalid FROM pg_index WHERE indexrelid = 'orders_customer_id'::regclass");
Console.WriteLine($"{Instances} instances started; {applied} statements were run, each once.");
return applied == 5 && indexed ? 0 : 1;

async Task<int> StartAsync(int number)
{
    var builder = Host.CreateApplicationBuilder();
    builder.Logging.SetMinimumLevel(LogLevel.Warning);
    builder.Services
        .AddPgScale(options => options.Nodes = [.. postgres.Servers.Select(server => new NodeOptions { Name = server.Name, ConnectionString = server.ConnectionString })])
        .AddSafeDdlExecutor();
    using var app = builder.Build();
    await app.StartAsync();
    await app.Services.GetRequiredService<ClusterMonitor>().WaitForAsync(cluster => cluster.Primary is not null, CancellationToken.None);
    var runs = await app.Services.GetRequiredService<SafeDdlExecutor>().MigrateAsync(folder);
    foreach (var run in runs)
    {
        Console.WriteLine($"instance {number}: {run.Plan.Verdict}, {run.Steps.Count} steps: {run.Plan.Statement}");
    }

    await app.StopAsync();
    return runs.Count;
}
