using System.Reflection;
using System.Reflection.Emit;

namespace PgScale.Tests.Architecture;

/// <summary>
/// All types that the compiled code of a type names: in its declaration, its signatures, its attributes and the instructions of
/// its methods. What the compiler replaces by a value, a constant or <c>nameof</c>, leaves no trace here.
/// </summary>
internal static class TypeReferences
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    public static IEnumerable<Type> Of(Type type)
    {
        var members = type.GetMembers(Declared);
        return OfDeclaration(type)
            .Concat(members.OfType<FieldInfo>().Select(field => field.FieldType))
            .Concat(members.OfType<MethodBase>().SelectMany(method => OfSignature(method).Concat(OfBody(method))))
            .Concat(members.Append(type).SelectMany(OfAttributes))
            .SelectMany(Parts);
    }

    private static IEnumerable<Type> OfDeclaration(Type type) => type.GetInterfaces()
        .Concat(type.BaseType is { } parent ? [parent] : [])
        .Concat(type.GetGenericArguments().SelectMany(argument => argument.GetGenericParameterConstraints()));

    private static IEnumerable<Type> OfSignature(MethodBase method) => method.GetParameters()
        .Select(parameter => parameter.ParameterType)
        .Concat(method is MethodInfo { ReturnType: var result } ? [result] : [])
        .Concat(method.IsGenericMethodDefinition ? method.GetGenericArguments().SelectMany(argument => argument.GetGenericParameterConstraints()) : []);

    private static IEnumerable<Type> OfAttributes(MemberInfo member) => member.GetCustomAttributesData()
        .SelectMany(attribute => attribute.ConstructorArguments
            .Concat(attribute.NamedArguments.Select(named => named.TypedValue))
            .SelectMany(argument => argument.Value is Type type ? new[] { argument.ArgumentType, type } : [argument.ArgumentType])
            .Append(attribute.AttributeType));

    private static IEnumerable<Type> OfBody(MethodBase method) => method.GetMethodBody() is { } body
        ? body.LocalVariables.Select(local => local.LocalType)
            .Concat(body.ExceptionHandlingClauses.Where(clause => clause.Flags == ExceptionHandlingClauseOptions.Clause).Select(clause => clause.CatchType!))
            .Concat(Tokens(body.GetILAsByteArray()!).SelectMany(token => OfToken(method, token)))
        : [];

    private static IEnumerable<Type> OfToken(MethodBase method, int token)
    {
        var typeArguments = method.DeclaringType!.GetGenericArguments();
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : [];
        var member = method.Module.ResolveMember(token, typeArguments, methodArguments);
        return member switch
        {
            Type type => [type],
            FieldInfo field => [field.DeclaringType!, field.FieldType],
            MethodBase called => OfSignature(called)
                .Concat(called.IsGenericMethod ? called.GetGenericArguments() : [])
                .Concat(called.DeclaringType is { } declaring ? [declaring] : []),
            _ => [],
        };
    }

    // ECMA-335, partition III: an instruction is one byte, or two after 0xFE, and an operand of a size that the opcode knows.
    private static IEnumerable<int> Tokens(byte[] code)
    {
        for (var position = 0; position < code.Length;)
        {
            var value = code[position] == 0xFE ? (short)(0xFE00 | code[position + 1]) : code[position];
            var opcode = OpCodesByValue[value];
            position += opcode.Size;
            if (opcode.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
            {
                yield return BitConverter.ToInt32(code, position);
            }

            position += OperandSize(opcode.OperandType, code, position);
        }
    }

    private static int OperandSize(OperandType operand, byte[] code, int position) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, position),
        _ => 4,
    };

    // List<X[]> names List<> and X.
    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
        {
            return Parts(type.GetElementType()!);
        }

        return type.IsGenericType && !type.IsGenericTypeDefinition ? type.GetGenericArguments().SelectMany(Parts).Prepend(type) : [type];
    }
}
