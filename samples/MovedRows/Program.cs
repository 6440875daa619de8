// Rows move between tables in small steps, each row exactly once: a table is copied into a partitioned one, and what is old goes to an
// archive. Starts its own servers; yours would be in appsettings.json.
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PgScale;
using PgScale.Backfill;
using PgScale.Cluster;
using PgScale.Testing;

await using var postgres = await PostgresCluster.StartAsync();
await postgres.Primary.ExecuteAsync("""
    CREATE TABLE orders (id bigint PRIMARY KEY, placed_on date NOT NULL, total numeric NOT NULL);
    INSERT INTO orders SELECT i, date '2025-01-01' + i % 700, i % 100 FROM generate_series(1, 50000) i;
    CREATE TABLE orders_by_year (LIKE orders, PRIMARY KEY (id, placed_on)) PARTITION BY RANGE (placed_on);
    CREATE TABLE orders_2025 PARTITION OF orders_by_year FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    CREATE TABLE orders_2026 PARTITION OF orders_by_year FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    CREATE TABLE orders_archive (LIKE orders INCLUDING ALL);
    ANALYZE orders;
    """);

var builder = Host.CreateApplicationBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services
    .AddPgScale(options => options.Nodes = [.. postgres.Servers.Select(server => new NodeOptions { Name = server.Name, ConnectionString = server.ConnectionString })])
    .AddControlledBackfill();
using var app = builder.Build();
await app.StartAsync();
var backfill = app.Services.GetRequiredService<ControlledBackfill>();

// Rows that are written meanwhile are the application's: a trigger, or writing to both tables, keeps them alike.
var copied = await backfill.RunAsync(
    new BackfillDefinition("copy-orders", "orders")
    {
        Statement = "INSERT INTO orders_by_year SELECT o.* FROM orders AS o WHERE {batch:o} ON CONFLICT DO NOTHING",
        IsRepeatable = true, // a last look finds rows that came late
    },
    CancellationToken.None);
var archived = await backfill.RunAsync(
    new BackfillDefinition("archive-orders", "orders")
    {
        Statement = "WITH gone AS (DELETE FROM orders AS o WHERE o.placed_on < '2026-01-01' AND {batch:o} RETURNING o.*) INSERT INTO orders_archive SELECT * FROM gone",
    },
    CancellationToken.None);
await app.StopAsync();

var (all, live, old) = (await CountAsync("orders_by_year"), await CountAsync("orders"), await CountAsync("orders_archive"));
Console.WriteLine($"{copied.RowsChanged:N0} rows copied, {archived.RowsChanged:N0} archived: {all:N0} in the new table, {live:N0} live and {old:N0} old in the others.");
return all == 50_000 && live + old == all && old == archived.RowsChanged ? 0 : 1;

Task<long> CountAsync(string table) => postgres.Primary.ScalarAsync<long>($"SELECT count(*) FROM {table}");
