namespace PgScale.Samples.ChatService.Demo;

/// <summary>Figures as people read them.</summary>
internal static class Words
{
    public static string Duration(TimeSpan time) => time.TotalMilliseconds < 1000 ? $"{time.TotalMilliseconds:0} ms" : $"{time.TotalSeconds:0.0} s";
}
