using PgScale.Backfill;
using PgScale.Ddl;

namespace PgScale.Samples.Demo.Chat;

/// <summary>The parts of the application.</summary>
internal sealed record ChatApplication(ChatService Messages, ChatProfiles Profiles, ChatCounters Counters, ControlledBackfill Backfill, SafeDdlExecutor Schema);
