using System.Globalization;

namespace PgScale.Cluster;

/// <summary>Collects what is wrong with options, each as a sentence that names the setting, its value and the remedy.</summary>
internal sealed class OptionRules(string section)
{
    private readonly List<string> _problems = [];

    internal IReadOnlyList<string> Problems => _problems;

    internal void Refuse(string setting, string problem) => _problems.Add($"{section}:{setting} {problem}");

    internal void Require(bool holds, string setting, string problem)
    {
        if (!holds)
        {
            Refuse(setting, problem);
        }
    }

    /// <summary>Refuses null, which a configuration file can set; tells whether there is a value.</summary>
    internal bool RequireValue(object? value, string setting)
    {
        Require(value is not null, setting, "is null. Leave it out for its default, or give it a value.");
        return value is not null;
    }

    internal void InRange(string setting, TimeSpan? value, TimeSpan least, TimeSpan most)
    {
        if (value is { } given && (given < least || given > most))
        {
            Refuse(setting, $"is {Show(given)}; it must be from {Show(least)} to {Show(most)}.");
        }
    }

    internal void InRange(string setting, double value, double least, double most) => Require(
        value >= least && value <= most,
        setting,
        string.Create(CultureInfo.InvariantCulture, $"is {value}; it must be from {least} to {most}."));

    internal static string Show(TimeSpan value) => value.TotalMilliseconds < 1000
        ? string.Create(CultureInfo.InvariantCulture, $"{value.TotalMilliseconds:0.###} ms")
        : value.TotalMinutes < 1 ? string.Create(CultureInfo.InvariantCulture, $"{value.TotalSeconds:0.###} s") : value.ToString("c", CultureInfo.InvariantCulture);
}
