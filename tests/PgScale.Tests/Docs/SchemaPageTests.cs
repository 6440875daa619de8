using PgScale.Internal;

namespace PgScale.Tests.Docs;

/// <summary>Whoever must create the tables by hand copies them from docs/schema.md.</summary>
public sealed class SchemaPageTests
{
    [Test]
    public void Page_shows_the_script_as_it_is() =>
        Assert.That(Pages.CodeBlocks("docs/schema.md", "sql").Select(block => block.Trim()), Is.EqualTo(new[] { PgScaleSchema.Script.Trim() }));
}
