namespace PgScale.Benchmarks.Load;

/// <summary>What a client does again and again; <paramref name="client"/> counts from 0.</summary>
internal delegate ValueTask Operation(int client, CancellationToken cancellationToken);
