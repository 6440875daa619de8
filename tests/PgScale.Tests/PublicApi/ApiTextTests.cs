namespace PgScale.Tests.PublicApi;

public sealed class ApiTextTests
{
    [Test]
    public void Text_shows_all_that_users_can_name_and_nothing_else() =>
        Assert.That(ApiText.Of(typeof(ApiTextTests).Assembly.GetTypes().Where(type => type.Namespace?.EndsWith(".Samples", StringComparison.Ordinal) == true)), Is.EqualTo(
            """
            namespace PgScale.Tests.PublicApi.Samples

            sealed class Closed : Open<int>, IDisposable
                Closed(string name)
                void Dispose()
                override void Extend(Stream stream)
                static bool op_Implicit(Closed closed)

            static class Extensions
                static Task<string?> FindAsync<T>(this Closed closed, T[]? keys, string text = "a", DayOfWeek day = DayOfWeek.Friday, CancellationToken cancellationToken = default) where T : class, IComparable<T>, new()
                const int Limit = 5
                static bool TryRead(in Guid id, ref int position, out string? value, params int[] rest)

            delegate void Handler(object? sender)

            abstract class Open<T> where T : struct
                protected Open()
                event Handler? Changed
                int Count { get; }
                abstract void Extend(Stream stream)
                protected virtual void Halt()
                [Obsolete] string? this[int index] { get; }
                protected readonly T Value

            enum Open<T>.Choice
                Yes = 1
                No = 2

            readonly record struct Point : IEquatable<Point>
                Point(int X, int? Y)
                int X { get; init; }
                int? Y { get; init; }

            sealed record Row : IEquatable<Row>
                Row()
                IReadOnlyDictionary<string, string?> Labels { get; init; }
                required string Name { get; init; }

            """.ReplaceLineEndings("\n")));

    [Test]
    public void Equal_texts_differ_in_nothing() =>
        Assert.That(ApiDifference.Between("namespace A\n\nclass B\n    int C { get; }\n", "namespace A\r\n\r\nclass B\r\n    int C { get; }\r\n"), Is.Empty);

    [Test]
    public void Difference_names_the_type_with_what_is_gone_and_what_is_new() =>
        Assert.That(
            ApiDifference.Between("namespace A\n\nclass B\n    int C { get; }\n    int D { get; }\n", "namespace A\n\nclass B\n    int C { get; }\n    long D { get; }\n"),
            Is.EqualTo("namespace A: class B\n-     int D { get; }\n+     long D { get; }"));

    [Test]
    public void Member_that_moves_to_another_type_is_a_difference() =>
        Assert.That(ApiDifference.Between("class A\n    int C { get; }\nclass B\n", "class A\nclass B\n    int C { get; }\n"), Is.Not.Empty);
}
