using System.ComponentModel;

namespace PgScale.Samples.ChatService.Users;

/// <summary>What others see of a user. Immutable, so that the cache hands out one object to all.</summary>
[ImmutableObject(true)]
internal sealed record UserProfile(long Id, string Name, string About);
