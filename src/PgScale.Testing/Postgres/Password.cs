using System.Security.Cryptography;

namespace PgScale.Testing.Postgres;

/// <summary>Passwords that need no quoting anywhere.</summary>
internal static class Password
{
    public static string Create() => RandomNumberGenerator.GetHexString(24, lowercase: true);
}
