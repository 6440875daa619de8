namespace PgScale.Ddl;

/// <summary>Something that schema changes do to running applications, and how it is avoided.</summary>
public sealed class DdlRule
{
    internal DdlRule(string id, string title, string hazard, string safeWay, string unsafeExample, string safeExample)
    {
        Id = id;
        Title = title;
        Hazard = hazard;
        SafeWay = safeWay;
        UnsafeExample = unsafeExample;
        SafeExample = safeExample;
    }

    /// <summary>The id, which never changes its meaning: <c>PGS001</c>.</summary>
    public string Id { get; }

    /// <summary>The rule in a few words.</summary>
    public string Title { get; }

    /// <summary>What happens otherwise.</summary>
    public string Hazard { get; }

    /// <summary>What to do instead, and what PgScale plans.</summary>
    public string SafeWay { get; }

    /// <summary>A statement that the rule stops.</summary>
    public string UnsafeExample { get; }

    /// <summary>What to run instead.</summary>
    public string SafeExample { get; }

    /// <summary>The page about the rule, relative to the repository.</summary>
    public string Documentation => $"docs/ddl-rules/{Id}.md";

    /// <summary>The id and the title.</summary>
    public override string ToString() => $"{Id} {Title}";
}
