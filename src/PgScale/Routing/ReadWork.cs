namespace PgScale.Routing;

/// <summary>A read together with what is done in it.</summary>
internal abstract class ReadWork<T>(in ReadRequest request) : ReadRun(request)
{
    /// <summary>Does it once, on one node.</summary>
    internal abstract Task<T> RunAsync(NodeSession session, CancellationToken cancellationToken);
}
