using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using PgScale;
using PgScale.Diagnostics;
using PgScale.Routing;
using PgScale.Samples.Monitoring;
using PgScale.Testing;

await using var cluster = await PostgresCluster.StartAsync();
using var collector = new Collector();

var builder = Host.CreateApplicationBuilder();
builder.Services.AddPgScale(options =>
{
    foreach (var server in cluster.Servers)
    {
        options.Nodes.Add(new() { Name = server.Name, ConnectionString = server.ConnectionString });
    }
});

// All of PgScale is one meter and one activity source. Npgsql's own stand beside it: pools, commands, bytes.
var service = ResourceBuilder.CreateDefault().AddService("shop");
using var metrics = Sdk.CreateMeterProviderBuilder()
    .SetResourceBuilder(service)
    .AddMeter(PgScaleTelemetry.MeterName, "Npgsql")
    // The boundaries that OpenTelemetry has by default are made for milliseconds; ours are seconds. The alert on locks needs the one at 5.
    .AddView(instrument => instrument.Meter.Name == PgScaleTelemetry.MeterName && instrument is Histogram<double>
        ? new ExplicitBucketHistogramConfiguration { Boundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60] }
        : null)
    .AddOtlpExporter((exporter, reader) =>
    {
        SendTo(exporter, "v1/metrics");
        reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = 1_000; // 60 s in a real service
    })
    .Build();
using var traces = Sdk.CreateTracerProviderBuilder()
    .SetResourceBuilder(service)
    .AddSource(PgScaleTelemetry.ActivitySourceName, "Npgsql")
    .AddOtlpExporter(exporter => SendTo(exporter, "v1/traces"))
    .Build();

using var app = builder.Build();
await app.StartAsync();
var router = app.Services.GetRequiredService<ReplicaRouter>();
await router.ReadAsync(async (connection, cancellation) =>
{
    await using var one = new NpgsqlCommand("SELECT 1", connection);
    return await one.ExecuteScalarAsync(cancellation);
});

await collector.ReceiveUntilAsync("pgscale.cluster.primary", "pgscale.cluster.node.lag", "pgscale.routing.choices").WaitAsync(TimeSpan.FromSeconds(30));
Console.WriteLine("The collector knows who is primary, how far behind each replica is, and which server read.");
await app.StopAsync();

// Without these two lines the exporter follows OTEL_EXPORTER_OTLP_ENDPOINT, which is what a real service does.
void SendTo(OtlpExporterOptions exporter, string path) =>
    (exporter.Protocol, exporter.Endpoint) = (OtlpExportProtocol.HttpProtobuf, new Uri(collector.Endpoint, path));
