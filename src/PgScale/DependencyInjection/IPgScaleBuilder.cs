using Microsoft.Extensions.DependencyInjection;

namespace PgScale.DependencyInjection;

/// <summary>What <c>AddPgScale</c> returns: components and extras of one instance hang off it, in any order.</summary>
public interface IPgScaleBuilder
{
    /// <summary>The instance: service key and options name at once; empty for the default one.</summary>
    string Name { get; }

    /// <summary>Where services are registered.</summary>
    IServiceCollection Services { get; }
}
