namespace PgScale.Benchmarks.Caching;

/// <summary>What applications keep in caches: half a kilobyte as JSON. Its properties can be set, so nobody may share it unasked.</summary>
public class Customer
{
    public int Id { get; set; }

    public string Name { get; set; } = "";

    public string Street { get; set; } = "";

    public string City { get; set; } = "";

    public string Notes { get; set; } = "";

    public DateTimeOffset Since { get; set; }

    public static Customer Create(int id) => new()
    {
        Id = id,
        Name = $"Customer number {id}",
        Street = "4711 Replication Avenue, Building 12, Floor 3",
        City = "Ann Arbor, Michigan",
        Notes = new string('n', 320),
        Since = DateTimeOffset.UnixEpoch,
    };
}
