using System.ComponentModel;

namespace PgScale.Benchmarks.Caching;

/// <summary>An object that nobody can change, and that says so.</summary>
[ImmutableObject(true)]
public sealed record ImmutableCustomer(int Id, string Name, string City);
