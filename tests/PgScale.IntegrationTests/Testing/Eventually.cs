namespace PgScale.IntegrationTests.Testing;

/// <summary>Waits for what happens soon.</summary>
internal static class Eventually
{
    public static Task IsTrueAsync(Func<bool> condition, string what, int seconds = 10) =>
        IsTrueAsync(() => Task.FromResult(condition()), what, seconds);

    public static async Task IsTrueAsync(Func<Task<bool>> condition, string what, int seconds = 10)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > TimeSpan.FromSeconds(seconds))
            {
                Assert.Fail($"Not within {seconds} seconds: {what}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
