#pragma warning disable CA1051, CA1031, CA2225, MA0046, CA1003, CA1034, CA1008, MA0008, MA0061 // Examples for a test that renders their shapes
namespace PgScale.Tests.PublicApi.Samples;

public delegate void Handler(object? sender);

public abstract class Open<T>
    where T : struct
{
    protected readonly T Value;

    protected Open() => Changed?.Invoke(Value);

    public event Handler? Changed;

    public enum Choice
    {
        Yes = 1,
        No,
    }

    public int Count { get; private set; }

    [Obsolete("An example")]
    public string? this[int index] => null;

    public abstract void Extend(Stream stream);

    protected virtual void Halt() => Count++;

    internal static void Hidden()
    {
    }

    private protected static void HiddenToo()
    {
    }
}

public sealed class Closed(string name) : Open<int>, IDisposable
{
    public static implicit operator bool(Closed closed) => closed is not null;

    public override void Extend(Stream stream) => Hidden();

    public void Dispose() => GC.KeepAlive(name);

    internal sealed class Inner;
}

public sealed record Row
{
    public required string Name { get; init; }

    public IReadOnlyDictionary<string, string?> Labels { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);
}

public readonly record struct Point(int X, int? Y);

public static class Extensions
{
    public const int Limit = 5;

    public static Task<string?> FindAsync<T>(
        this Closed closed, T[]? keys, string text = "a", DayOfWeek day = DayOfWeek.Friday, CancellationToken cancellationToken = default)
        where T : class, IComparable<T>, new() =>
        Task.FromResult<string?>(closed is null || keys is null ? null : text + day);

    public static bool TryRead(in Guid id, ref int position, out string? value, params int[] rest)
    {
        value = id == Guid.Empty ? null : "";
        return rest.Length > position;
    }
}

internal sealed class Hidden;
