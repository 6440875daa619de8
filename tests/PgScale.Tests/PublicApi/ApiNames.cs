using System.Reflection;

namespace PgScale.Tests.PublicApi;

/// <summary>Names of types as C# writes them.</summary>
internal static class ApiNames
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(char)] = "char",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
    };

    public static string Simple(Type type) => type.Name.Split('`')[0];

    /// <summary>The generic arguments that a type adds to those of the type around it.</summary>
    public static Type[] OwnArguments(Type type) =>
        [.. type.GetGenericArguments().Skip(type.IsNested ? type.DeclaringType!.GetGenericArguments().Length : 0)];

    public static string OfType(Type type) => OfType(type, nullability: null);

    public static string OfType(Type type, NullabilityInfo? nullability)
    {
        if (type.IsByRef)
        {
            return OfType(type.GetElementType()!, nullability);
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return OfType(underlying) + "?";
        }

        var mark = nullability is { ReadState: NullabilityState.Nullable } && !type.IsValueType ? "?" : "";
        return type.IsArray
            ? $"{OfType(type.GetElementType()!, nullability?.ElementType)}[{new string(',', type.GetArrayRank() - 1)}]{mark}"
            : Named(type, nullability) + mark;
    }

    private static string Named(Type type, NullabilityInfo? nullability)
    {
        if (Keywords.TryGetValue(type, out var keyword))
        {
            return keyword;
        }

        var outer = type.IsNested && !type.IsGenericParameter ? OfType(type.DeclaringType!) + "." : "";
        if (type.IsGenericParameter || OwnArguments(type) is not { Length: > 0 } arguments)
        {
            return outer + Simple(type);
        }

        var marks = nullability?.GenericTypeArguments.TakeLast(arguments.Length).ToArray() is { Length: > 0 } known ? known : null;
        var names = arguments.Select((argument, index) => OfType(argument, marks?[index]));
        return $"{outer}{Simple(type)}<{string.Join(", ", names)}>";
    }
}
