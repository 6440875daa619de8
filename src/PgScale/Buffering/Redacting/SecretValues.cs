namespace PgScale.Buffering.Redacting;

/// <summary>Copies dictionaries without the values of secret names.</summary>
internal sealed class SecretValues(SecretNames names, string mask)
{
    private const int Deepest = 64;

    internal Dictionary<string, string?> Copy(IEnumerable<KeyValuePair<string, string?>> values)
    {
        Dictionary<string, string?> copy = new(StringComparer.Ordinal);
        foreach (var (name, value) in values)
        {
            copy[name] = value is not null && names.Match(name) ? mask : value;
        }

        return copy;
    }

    internal Dictionary<string, object?> Copy(IEnumerable<KeyValuePair<string, object?>> values) => Copy(values, depth: 0);

    private Dictionary<string, object?> Copy(IEnumerable<KeyValuePair<string, object?>> values, int depth)
    {
        Dictionary<string, object?> copy = new(StringComparer.Ordinal);
        foreach (var (name, value) in values)
        {
            copy[name] = value is not null && names.Match(name) ? mask : Within(value, depth + 1);
        }

        return copy;
    }

    // A dictionary that holds itself would never end: so deep it is taken for one.
    private object? Within(object? value, int depth) => value switch
    {
        _ when depth > Deepest => mask,
        IEnumerable<KeyValuePair<string, object?>> values => Copy(values, depth),
        IEnumerable<KeyValuePair<string, string?>> values => Copy(values),
        IEnumerable<object?> list when value is not string => list.Select(element => Within(element, depth + 1)).ToList(),
        _ => value,
    };
}
