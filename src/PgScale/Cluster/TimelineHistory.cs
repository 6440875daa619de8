using System.Collections.Immutable;
using System.Globalization;
using NpgsqlTypes;

namespace PgScale.Cluster;

/// <summary>Where each earlier timeline of the cluster ended: what decides whether a position of then is part of today's data.</summary>
/// <remarks>A promotion starts a new timeline at a switch point; what the old one holds past that point is lost. Immutable.</remarks>
internal sealed class TimelineHistory
{
    internal static readonly TimelineHistory Empty = new(ImmutableDictionary<uint, NpgsqlLogSequenceNumber>.Empty);

    private readonly ImmutableDictionary<uint, NpgsqlLogSequenceNumber> _ends;

    private TimelineHistory(ImmutableDictionary<uint, NpgsqlLogSequenceNumber> ends) => _ends = ends;

    /// <summary>Reads a server's <c>.history</c> file: lines of parent timeline, switch point and reason.</summary>
    internal static TimelineHistory Parse(string file)
    {
        var ends = ImmutableDictionary.CreateBuilder<uint, NpgsqlLogSequenceNumber>();
        foreach (var line in file.Split('\n'))
        {
            var fields = line.Split((char[]?)null, 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (fields.Length >= 2
                && uint.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var timeline)
                && NpgsqlLogSequenceNumber.TryParse(fields[1], out var end))
            {
                ends[timeline] = end;
            }
        }

        return new(ends.ToImmutable());
    }

    /// <summary>The point at which a timeline ended, or null when that is not known.</summary>
    internal NpgsqlLogSequenceNumber? EndOf(uint timeline) => _ends.TryGetValue(timeline, out var end) ? end : null;

    internal TimelineHistory With(uint timeline, NpgsqlLogSequenceNumber end) => new(_ends.SetItem(timeline, end));

    /// <summary>This history with everything that another one knows laid over it.</summary>
    internal TimelineHistory Merge(TimelineHistory newer) =>
        newer._ends.IsEmpty ? this : _ends.IsEmpty ? newer : new(_ends.SetItems(newer._ends));
}
