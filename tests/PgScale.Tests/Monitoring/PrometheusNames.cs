using System.Diagnostics.Metrics;

namespace PgScale.Tests.Monitoring;

/// <summary>
/// What an instrument is called in Prometheus when it comes by OTLP: see "Metric Metadata" in OpenTelemetry's specification of
/// compatibility between Prometheus and OpenMetrics.
/// </summary>
internal static class PrometheusNames
{
    public static IEnumerable<string> Of(Instrument instrument)
    {
        var name = instrument.Name.Replace('.', '_');
        var unit = instrument.Unit switch { "s" => "seconds", "By" => "bytes", "1" when IsGauge(instrument) => "ratio", _ => "" };
        if (unit.Length > 0 && !name.Split('_').Contains(unit, StringComparer.Ordinal))
        {
            name += "_" + unit;
        }

        return Kind(instrument) switch
        {
            "Counter" => [name + "_total"],
            "Histogram" => [name + "_bucket", name + "_sum", name + "_count"],
            _ => [name],
        };
    }

    private static bool IsGauge(Instrument instrument) => Kind(instrument).EndsWith("Gauge", StringComparison.Ordinal);

    private static string Kind(Instrument instrument) => instrument.GetType().Name.Split('`')[0];
}
