using PgScale.Benchmarks.Caching.Sides;

namespace PgScale.Benchmarks.Caching.Fleet;

/// <summary>Several processes with the same cache.</summary>
internal sealed class CacheFleet : IAsyncDisposable
{
    /// <summary>As many as the figures of this room speak of.</summary>
    public const int Size = 4;

    private readonly IReadOnlyList<CacheProcess> _processes;

    private CacheFleet(IReadOnlyList<CacheProcess> processes) => _processes = processes;

    public CacheProcess this[int number] => _processes[number];

    public static async Task<CacheFleet> StartAsync(CacheSetup setup) =>
        new(await Task.WhenAll(Enumerable.Range(0, Size).Select(_ => CacheProcess.StartAsync(setup))));

    /// <summary>All do the same at the same time.</summary>
    public Task<CacheReport> AskAsync(CacheOrder order) => AskAsync(order, 0..Size);

    /// <summary>Some do the same at the same time.</summary>
    public async Task<CacheReport> AskAsync(CacheOrder order, Range which) =>
        CacheReport.Merge(await Task.WhenAll(_processes.Take(which).Select(process => process.AskAsync(order))));

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }
    }
}
