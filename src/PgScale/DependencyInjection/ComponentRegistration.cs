using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace PgScale.DependencyInjection;

/// <summary>Registers a component of which an instance has one: under the instance's key, and as it is for the default instance.</summary>
internal static class ComponentRegistration
{
    /// <summary>Registers a component and the rules for its options, which are checked when the host starts.</summary>
    /// <param name="builder">The instance.</param>
    /// <param name="create">Makes the component of an instance.</param>
    /// <returns>False when it was registered before: then nothing is added.</returns>
    internal static bool TryAddComponent<
        TComponent,
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] TOptions,
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TRules>(
        this IPgScaleBuilder builder, Func<IServiceProvider, string, TComponent> create)
        where TComponent : class
        where TOptions : class
        where TRules : class, IValidateOptions<TOptions>
    {
        ArgumentNullException.ThrowIfNull(builder);
        var (name, services) = (builder.Name, builder.Services);
        if (services.Any(service => service.ServiceType == typeof(TComponent) && name.Equals(service.ServiceKey)))
        {
            return false;
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TOptions>, TRules>());
        services.AddOptions<TOptions>(name).ValidateOnStart();
        services.AddKeyedSingleton(name, (provider, _) => create(provider, name));
        if (name.Length == 0)
        {
            services.AddSingleton(static provider => provider.GetRequiredKeyedService<TComponent>(Options.DefaultName));
        }

        return true;
    }
}
