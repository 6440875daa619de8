namespace PgScale.Diagnostics;

/// <summary>The names under which PgScale reports, for OpenTelemetry set-up and dashboards.</summary>
public static class PgScaleTelemetry
{
    /// <summary>The name of the one meter: pass it to <c>AddMeter</c>.</summary>
    public const string MeterName = "PgScale";

    /// <summary>The name of the one activity source: pass it to <c>AddSource</c>.</summary>
    public const string ActivitySourceName = "PgScale";

    /// <summary>Tag: the instance, as given to <c>AddKeyedPgScale</c>; <c>default</c> for <c>AddPgScale</c>.</summary>
    public const string InstanceTag = "pgscale.instance";

    /// <summary>Tag: the name of a node, as configured.</summary>
    public const string NodeTag = "pgscale.node";

    /// <summary>Tag: the workload tier.</summary>
    public const string TierTag = "pgscale.tier";

    /// <summary>Tag: the role of a node: <c>primary</c>, <c>replica</c> or <c>unknown</c>.</summary>
    public const string RoleTag = "pgscale.role";

    /// <summary>Tag: how something ended.</summary>
    public const string OutcomeTag = "pgscale.outcome";
}
