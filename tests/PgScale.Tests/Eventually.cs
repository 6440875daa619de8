namespace PgScale.Tests;

/// <summary>Waits for something that another thread is about to do, and fails the test when it does not.</summary>
public static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    public static async Task HoldsAsync(Func<bool> condition, Func<string>? describe = null)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(startedAt) > Patience)
            {
                Assert.Fail($"It did not happen within {Patience.TotalSeconds:0} s. {describe?.Invoke()}");
            }

            await Task.Delay(Pause, TimeProvider.System);
        }
    }
}
