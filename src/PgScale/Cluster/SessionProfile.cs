namespace PgScale.Cluster;

/// <summary>What a connection is for: it decides the pool, the limits and the name that the server shows.</summary>
/// <param name="Tier">The tier whose limits hold.</param>
/// <param name="ReadOnly">Whether the server refuses writes on it, on a primary too.</param>
/// <param name="Purpose">The part of the application that asks, in <c>application_name</c>; short, lower case.</param>
public readonly record struct SessionProfile(string Tier, bool ReadOnly, string Purpose)
{
    /// <summary>Connections that the pool may hold, unless the connection string says it; 0 for Npgsql's default of 100.</summary>
    public int MaxPoolSize { get; init; }
}
