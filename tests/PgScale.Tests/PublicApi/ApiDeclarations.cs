using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace PgScale.Tests.PublicApi;

/// <summary>One type or member as a line that reads like C#.</summary>
internal static class ApiDeclarations
{
    private static readonly NullabilityInfoContext Nullability = new();

    public static string OfType(Type type)
    {
        if (type.BaseType == typeof(MulticastDelegate))
        {
            var invoke = type.GetMethod("Invoke")!;
            return $"{Obsolete(type)}delegate {ReturnType(invoke)} {ApiNames.OfType(type)}({Parameters(invoke)})";
        }

        var parents = Parents(type).ToList();
        var bases = parents.Count == 0 ? "" : " : " + string.Join(", ", parents);
        return $"{Obsolete(type)}{Kind(type)} {ApiNames.OfType(type)}{bases}{Constraints(ApiNames.OwnArguments(type))}";
    }

    public static string OfField(FieldInfo field)
    {
        var words = field switch
        {
            { IsLiteral: true } => "const ",
            { IsStatic: true, IsInitOnly: true } => "static readonly ",
            { IsStatic: true } => "static ",
            { IsInitOnly: true } => "readonly ",
            _ => "",
        };
        var value = field.IsLiteral ? $" = {Literal(field.GetRawConstantValue(), field.FieldType)}" : "";
        var access = field.IsPublic ? "" : "protected ";
        return $"{access}{words}{ApiNames.OfType(field.FieldType, Nullability.Create(field))} {field.Name}{value}";
    }

    public static string? OfProperty(PropertyInfo property, MethodInfo? get, MethodInfo? set)
    {
        if ((get ?? set) is not { } accessor)
        {
            return null;
        }

        var required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        var name = property.GetIndexParameters().Length > 0 ? $"this[{Parameters(accessor, skipLast: get is null)}]" : property.Name;
        var init = set?.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) == true;
        var accessors = (get is null ? "" : "get; ") + (set is null ? "" : init ? "init; " : "set; ");
        return $"{Words(accessor)}{required}{ApiNames.OfType(property.PropertyType, Nullability.Create(property))} {name} {{ {accessors}}}";
    }

    public static string OfEvent(EventInfo member, MethodInfo add) =>
        $"{Words(add)}event {ApiNames.OfType(member.EventHandlerType!, Nullability.Create(member))} {member.Name}";

    public static string OfConstructor(ConstructorInfo constructor) =>
        $"{(constructor.IsPublic ? "" : "protected ")}{ApiNames.Simple(constructor.DeclaringType!)}({Parameters(constructor)})";

    public static string OfMethod(MethodInfo method)
    {
        var generics = method.GetGenericArguments();
        var names = generics.Length == 0 ? "" : $"<{string.Join(", ", generics.Select(argument => argument.Name))}>";
        var extension = method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "";
        return $"{Words(method)}{ReturnType(method)} {method.Name}{names}({extension}{Parameters(method)}){Constraints(generics)}";
    }

    // The compiler marks constructors beside required members as obsolete for older compilers only.
    public static string Obsolete(MemberInfo member) =>
        member.IsDefined(typeof(ObsoleteAttribute)) && !member.IsDefined(typeof(CompilerFeatureRequiredAttribute)) ? "[Obsolete] " : "";

    private static string Kind(Type type)
    {
        var isRecord = type.GetMethod("<Clone>$") is not null
            || type.IsValueType && type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance) is not null;
        var noun = type switch
        {
            { IsEnum: true } => "enum",
            { IsInterface: true } => "interface",
            { IsValueType: true } => isRecord ? "record struct" : type.IsByRefLike ? "ref struct" : "struct",
            _ => isRecord ? "record" : "class",
        };
        var word = type switch
        {
            { IsEnum: true } or { IsInterface: true } => "",
            { IsValueType: true } => type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly " : "",
            { IsAbstract: true, IsSealed: true } => "static ",
            { IsAbstract: true } => "abstract ",
            { IsSealed: true } => "sealed ",
            _ => "",
        };
        return word + noun;
    }

    private static IEnumerable<string> Parents(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetUnderlyingType(type) == typeof(int) ? [] : [ApiNames.OfType(Enum.GetUnderlyingType(type))];
        }

        var inherited = type.BaseType?.GetInterfaces() ?? [];
        var interfaces = type.GetInterfaces().Except(inherited).Where(contract => contract.IsVisible).Select(ApiNames.OfType).Order(StringComparer.Ordinal);
        return type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType)
            ? interfaces.Prepend(ApiNames.OfType(parent))
            : interfaces;
    }

    private static string Words(MethodInfo method)
    {
        var access = method.IsPublic ? "" : "protected ";
        var word = method switch
        {
            { DeclaringType.IsInterface: true } => method.IsStatic ? "static " : "",
            { IsStatic: true } => "static ",
            _ when method.GetBaseDefinition() != method => "override ",
            { IsAbstract: true } => "abstract ",
            { IsVirtual: true, IsFinal: false } => "virtual ",
            _ => "",
        };
        return access + word;
    }

    private static string ReturnType(MethodInfo method) => ApiNames.OfType(method.ReturnType, Nullability.Create(method.ReturnParameter));

    private static string Parameters(MethodBase method, bool skipLast = false) =>
        string.Join(", ", method.GetParameters().SkipLast(skipLast ? 1 : 0).Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        var word = parameter switch
        {
            { IsOut: true } => "out ",
            { IsIn: true, ParameterType.IsByRef: true } => "in ",
            { ParameterType.IsByRef: true } => "ref ",
            _ when parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute)) => "params ",
            _ => "",
        };
        var value = parameter.HasDefaultValue ? $" = {Literal(parameter.RawDefaultValue, parameter.ParameterType)}" : "";
        return $"{word}{ApiNames.OfType(parameter.ParameterType, Nullability.Create(parameter))} {parameter.Name}{value}";
    }

    private static string Literal(object? value, Type type) => value switch
    {
        null => type.IsValueType && Nullable.GetUnderlyingType(type) is null ? "default" : "null",
        string text => $"\"{text}\"",
        char letter => $"'{letter}'",
        bool flag => flag ? "true" : "false",
        _ when type.IsEnum => $"{type.Name}.{Enum.ToObject(type, value)}",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Constraints(Type[] arguments) => string.Concat(arguments.Where(argument => argument.IsGenericParameter).Select(argument =>
    {
        var rules = argument.GenericParameterAttributes;
        var isStruct = rules.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
        List<string> words =
        [
            .. rules.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint) ? ["class"] : Array.Empty<string>(),
            .. isStruct ? ["struct"] : Array.Empty<string>(),
            .. argument.GetGenericParameterConstraints().Where(type => type != typeof(ValueType)).Select(ApiNames.OfType),
            .. !isStruct && rules.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) ? ["new()"] : Array.Empty<string>(),
        ];
        return words.Count == 0 ? "" : $" where {argument.Name} : {string.Join(", ", words)}";
    }));
}
