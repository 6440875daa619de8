namespace PgScale.Cluster;

/// <summary>What a <see cref="NodeWatch"/> needs of the monitor that owns it.</summary>
internal interface INodeWatcher
{
    ClusterSettings Settings { get; }

    /// <summary>Whether the next probe should not wait for a whole interval.</summary>
    bool IsUrgent(NodeWatch watch);

    void Report(NodeWatch watch, NodeObservation observation);

    /// <summary>A <see cref="Report"/> threw; told once until one succeeds.</summary>
    void ReportFailed(NodeWatch watch, Exception failure);
}
