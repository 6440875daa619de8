namespace PgScale.Benchmarks.Routing;

/// <summary>Reads a client's own value back: the port of the server that answered, and the value.</summary>
internal delegate Task<(int Port, int Value)> ReadBack();
