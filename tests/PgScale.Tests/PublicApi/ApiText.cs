using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace PgScale.Tests.PublicApi;

/// <summary>What users of an assembly can name, as text sorted by name: a change of the public API is a change of this text.</summary>
internal static class ApiText
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static string Of(IEnumerable<Type> types)
    {
        var text = new StringBuilder();
        var visible = types.Where(IsVisible).OrderBy(type => type.Namespace, StringComparer.Ordinal).ThenBy(ApiNames.OfType, StringComparer.Ordinal);
        foreach (var space in visible.GroupBy(type => type.Namespace, StringComparer.Ordinal))
        {
            text.Append(text.Length == 0 ? "" : "\n").Append("namespace ").Append(space.Key).Append('\n');
            foreach (var type in space)
            {
                Append(text, type);
            }
        }

        return text.ToString();
    }

    private static bool IsVisible(Type type) =>
        type.IsVisible && !type.Name.Contains('<', StringComparison.Ordinal) && (!type.IsNested || IsVisible(type.DeclaringType!));

    private static void Append(StringBuilder text, Type type)
    {
        text.Append('\n').Append(ApiDeclarations.OfType(type)).Append('\n');
        var members = type switch
        {
            { IsEnum: true } => type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(name => $"{name.Name} = {name.GetRawConstantValue()}"),
            { BaseType.FullName: "System.MulticastDelegate" } => [],
            _ => type.GetMembers(Declared)
                .OrderBy(member => member.Name, StringComparer.Ordinal)
                .ThenBy(member => Member(type, member), StringComparer.Ordinal)
                .Select(member => Member(type, member))
                .OfType<string>(),
        };
        foreach (var member in members)
        {
            text.Append("    ").Append(member).Append('\n');
        }
    }

    private static string? Member(Type type, MemberInfo member)
    {
        var declaration = member switch
        {
            FieldInfo field when IsOpen(type, field.Attributes) => ApiDeclarations.OfField(field),
            PropertyInfo property => ApiDeclarations.OfProperty(property, Open(type, property.GetMethod), Open(type, property.SetMethod)),
            EventInfo @event when Open(type, @event.AddMethod) is { } add => ApiDeclarations.OfEvent(@event, add),
            ConstructorInfo { IsStatic: false } constructor when Open(type, constructor) is not null => ApiDeclarations.OfConstructor(constructor),
            MethodInfo method when Open(type, method) is not null && !IsGenerated(method) => ApiDeclarations.OfMethod(method),
            _ => null,
        };
        return declaration is null ? null : ApiDeclarations.Obsolete(member) + declaration;
    }

    private static T? Open<T>(Type type, T? method)
        where T : MethodBase =>
        method is not null && (method.IsPublic || !type.IsSealed && (method.IsFamily || method.IsFamilyOrAssembly)) ? method : null;

    private static bool IsOpen(Type type, FieldAttributes attributes) => (attributes & FieldAttributes.FieldAccessMask) switch
    {
        FieldAttributes.Public => true,
        FieldAttributes.Family or FieldAttributes.FamORAssem => !type.IsSealed,
        _ => false,
    };

    // Accessors belong to their property, and what a record generates is said by the word record.
    private static bool IsGenerated(MethodInfo method) =>
        method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal)
        || method.IsDefined(typeof(CompilerGeneratedAttribute))
        || method.Name.Contains('<', StringComparison.Ordinal);
}
