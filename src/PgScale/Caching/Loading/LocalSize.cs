namespace PgScale.Caching.Loading;

/// <summary>What a value takes in memory, where nothing measured it.</summary>
internal static class LocalSize
{
    private const long Unknown = 256;

    internal static long Of<T>(T value) => value switch
    {
        null => 0,
        string text => text.Length * sizeof(char),
        byte[] bytes => bytes.Length,
        _ => Unknown,
    };
}
