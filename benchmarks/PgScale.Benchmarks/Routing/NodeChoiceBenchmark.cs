using BenchmarkDotNet.Attributes;

namespace PgScale.Benchmarks.Routing;

/// <summary>Choosing the node of a read among three and among eight replicas, with and without a token.</summary>
public class NodeChoiceBenchmark
{
    private readonly NodeChoice _three = new(replicas: 3, withToken: false);
    private readonly NodeChoice _threeWithToken = new(replicas: 3, withToken: true);
    private readonly NodeChoice _eight = new(replicas: 8, withToken: false);
    private readonly NodeChoice _eightWithToken = new(replicas: 8, withToken: true);

    [Benchmark]
    public int Three() => _three.Choose();

    [Benchmark]
    public int ThreeWithToken() => _threeWithToken.Choose();

    [Benchmark]
    public int Eight() => _eight.Choose();

    [Benchmark]
    public int EightWithToken() => _eightWithToken.Choose();
}
