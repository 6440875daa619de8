namespace PgScale.Caching.Loading;

/// <summary>Ends a batch's load when the callers of all its keys have gone.</summary>
internal sealed class BatchAbandonment : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly List<CancellationTokenRegistration> _registrations;

    private int _left;

    internal BatchAbandonment(List<CancellationToken> flights)
    {
        _left = flights.Count;
        _registrations = flights.ConvertAll(flight => flight.Register(Leave));
    }

    internal CancellationToken Token => _source.Token;

    public void Dispose()
    {
        _registrations.ForEach(static registration => registration.Dispose());
        _source.Dispose();
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _left) == 0)
        {
            _source.Cancel();
        }
    }
}
