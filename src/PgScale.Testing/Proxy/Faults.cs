namespace PgScale.Testing.Proxy;

/// <summary>What is wrong with the network at the moment.</summary>
internal sealed record Faults(TimeSpan Latency, bool IsBlackHole, Cut? Cut, long? BytesPerSecond)
{
    public static readonly Faults None = new(TimeSpan.Zero, IsBlackHole: false, Cut: null, BytesPerSecond: null);
}
