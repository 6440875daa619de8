namespace PgScale.Ddl.Server;

/// <summary>A node of the server's parse tree: a struct with fields, a list, or a bare value.</summary>
/// <param name="Name">The struct's name, empty for a list, the value itself otherwise.</param>
internal sealed record ServerNode(string Name)
{
    public Dictionary<string, ServerNode> Fields { get; } = new(StringComparer.Ordinal);

    public List<ServerNode> Items { get; } = [];

    public bool IsStruct { get; init; }

    /// <summary>A field that is there and not null.</summary>
    public ServerNode? Field(string name) => Fields.TryGetValue(name, out ServerNode? node) && node is not { Name: "<>", IsStruct: false } ? node : null;

    /// <summary>The text of a field, null when it is null.</summary>
    public string? Text(string name) => Field(name)?.Name;

    /// <summary>Nodes of a kind in the tree, in its order.</summary>
    public IEnumerable<ServerNode> All(string kind) =>
        (IsStruct && string.Equals(Name, kind, StringComparison.Ordinal) ? [this] : Enumerable.Empty<ServerNode>())
        .Concat(Fields.Values.Concat(Items).SelectMany(child => child.All(kind)));
}
