namespace PgScale.Benchmarks.Routing;

/// <summary>One promotion as one side saw it.</summary>
/// <param name="Milliseconds">From the moment at which the new primary took writes to the first write that succeeded.</param>
/// <param name="Lost">Writes that were acknowledged and are not there, or that were refused although they had not been sent.</param>
/// <param name="Twice">Writes that are there more than once.</param>
/// <param name="Unknown">Writes whose outcome the client was told to be unknown.</param>
internal sealed record PromotionSample(double Milliseconds, int Lost, int Twice, int Unknown);
