using System.Diagnostics.Metrics;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using PgScale.Diagnostics;

namespace PgScale.Tests.Monitoring;

/// <summary>What PgScale measures, asked of the code: every type whose name ends in Metrics is created and its instruments are listened for.</summary>
internal static class Instruments
{
    public static IReadOnlyList<Instrument> All { get; } = Find();

    private static List<Instrument> Find()
    {
        List<Instrument> found = [];
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var factory = services.GetRequiredService<IMeterFactory>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                // Other tests of this process have meters of that name too.
                if (instrument.Meter.Scope == factory && string.Equals(instrument.Meter.Name, PgScaleTelemetry.MeterName, StringComparison.Ordinal))
                {
                    found.Add(instrument);
                }
            },
        };
        listener.Start();
        foreach (var type in typeof(PgScaleTelemetry).Assembly.GetTypes().Where(IsMeasuring))
        {
            Create(type, factory);
        }

        return found;
    }

    private static bool IsMeasuring(Type type) => type is { IsClass: true, IsAbstract: false } && type.Name.EndsWith("Metrics", StringComparison.Ordinal);

    private static void Create(Type type, IMeterFactory factory)
    {
        var constructor = type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Single();
        constructor.Invoke([.. constructor.GetParameters().Select(parameter => Argument(parameter, factory))]);
    }

    private static object Argument(ParameterInfo parameter, IMeterFactory factory) => parameter.ParameterType switch
    {
        var type when type == typeof(IMeterFactory) => factory,
        var type when type == typeof(string) => "test",
        var type when type == typeof(TimeProvider) => TimeProvider.System,
        var type => throw new NotSupportedException($"{parameter.Member.DeclaringType} wants a {type}: say here what it gets."),
    };
}
