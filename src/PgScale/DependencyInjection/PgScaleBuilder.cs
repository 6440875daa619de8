using Microsoft.Extensions.DependencyInjection;

namespace PgScale.DependencyInjection;

internal sealed record PgScaleBuilder(string Name, IServiceCollection Services) : IPgScaleBuilder;
