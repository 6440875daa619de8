namespace PgScale.Testing.Proxy;

/// <summary>What went through.</summary>
internal sealed class ProxyCounters
{
    private long _accepted;
    private long _toServer;
    private long _toClient;

    public long Accepted => Interlocked.Read(ref _accepted);

    public long Bytes(FaultDirection direction) => Interlocked.Read(ref direction == FaultDirection.ToServer ? ref _toServer : ref _toClient);

    public void CountConnection() => Interlocked.Increment(ref _accepted);

    public void CountBytes(FaultDirection direction, long bytes) =>
        Interlocked.Add(ref direction == FaultDirection.ToServer ? ref _toServer : ref _toClient, bytes);
}
