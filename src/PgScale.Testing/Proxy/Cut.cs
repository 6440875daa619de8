namespace PgScale.Testing.Proxy;

/// <summary>One order to cut; a class, so that a second order with equal numbers is another one and counts from anew.</summary>
internal sealed class Cut(long bytes, FaultDirection direction)
{
    public long Bytes { get; } = bytes;

    public FaultDirection Direction { get; } = direction;
}
