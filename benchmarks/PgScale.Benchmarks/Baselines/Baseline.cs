using System.Text.Json;
using System.Text.Json.Serialization;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Reports;

namespace PgScale.Benchmarks.Baselines;

/// <summary>The figures that are committed, and with which every later run is compared. Quick and full runs have one each.</summary>
internal sealed record Baseline(IReadOnlyDictionary<string, RoomBaseline> Rooms)
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Baseline None { get; } = new(new Dictionary<string, RoomBaseline>(StringComparer.Ordinal));

    public static string FileFor(bool quick) => Path.Combine(Repository.Root, "benchmarks", quick ? "baseline-quick.json" : "baseline.json");

    public static Baseline Parse(string json) => JsonSerializer.Deserialize<Baseline>(json, Format)!;

    public static async Task<Baseline> ReadAsync(string file, CancellationToken cancellationToken) =>
        File.Exists(file) ? Parse(await File.ReadAllTextAsync(file, cancellationToken)) : None;

    public string Render() => JsonSerializer.Serialize(this, Format) + "\n";

    /// <summary>These figures instead of those that the rooms had; rooms that were not measured keep theirs.</summary>
    public Baseline With(IEnumerable<BenchmarkRow> rows, Provenance provenance)
    {
        var rooms = Rooms.ToDictionary(StringComparer.Ordinal);
        var facts = provenance.Facts.ToDictionary(fact => fact.Name, fact => fact.Value, StringComparer.Ordinal);
        foreach (var room in rows.GroupBy(row => row.Room, StringComparer.Ordinal))
        {
            rooms[room.Key] = new(facts, [.. room.Select(BaselineRow.From)]);
        }

        return new(rooms);
    }
}
