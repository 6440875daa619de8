namespace PgScale.Buffering.Sinks;

/// <summary>The rules that have a name.</summary>
internal static class MergeRules
{
    // Sums are sent in the widest type: what fits the column is the column's business, and the server says so when it does not.
    internal static readonly MergeRule<long> SumOfIntegers = new("Sum", static (held, next) => checked(held + next), Add, "bigint");

    internal static readonly MergeRule<decimal> SumOfDecimals = new("Sum", static (held, next) => held + next, Add, "numeric");

    internal static readonly MergeRule<double> SumOfDoubles = new("Sum", static (held, next) => held + next, Add, "double precision");

    internal static readonly MergeRule<bool> Or = new("Or", static (held, next) => held || next, static (stored, given) => $"coalesce({stored}, false) OR {given}");

    internal static MergeRule<TValue> Max<TValue>()
        where TValue : struct, IComparable<TValue> =>
        new("Max", static (held, next) => Compare(held, next) >= 0 ? held : next, static (stored, given) => $"greatest({stored}, {given})");

    internal static MergeRule<TValue> Min<TValue>()
        where TValue : struct, IComparable<TValue> =>
        new("Min", static (held, next) => Compare(held, next) <= 0 ? held : next, static (stored, given) => $"least({stored}, {given})");

    internal static MergeRule<TValue> Last<TValue>() => new("Last", static (_, next) => next, static (_, given) => given);

    internal static MergeRule<TValue> First<TValue>() => new("First", static (held, next) => held is null ? next : held, static (stored, given) => $"coalesce({stored}, {given})");

    // In PostgreSQL what is not a number is greater than all that is one, in .NET it is less.
    private static int Compare<TValue>(TValue held, TValue next)
        where TValue : struct, IComparable<TValue> => IsNaN(held) != IsNaN(next) ? (IsNaN(held) ? 1 : -1) : held.CompareTo(next);

    private static bool IsNaN<TValue>(TValue value) => (value is double number && double.IsNaN(number)) || (value is float single && float.IsNaN(single));

    private static string Add(string stored, string given) => $"coalesce({stored}, 0) + {given}";
}
