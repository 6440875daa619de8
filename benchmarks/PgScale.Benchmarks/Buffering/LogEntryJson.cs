using System.Text.Json.Serialization;

namespace PgScale.Benchmarks.Buffering;

/// <summary>Entries as JSON, for the durable mode that takes one line to write.</summary>
[JsonSerializable(typeof(LogEntry))]
internal sealed partial class LogEntryJson : JsonSerializerContext;
