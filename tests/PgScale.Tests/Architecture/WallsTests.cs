using System.Reflection;
using PgScale.Benchmarks.Harness;

namespace PgScale.Tests.Architecture;

public sealed class WallsTests
{
    [Test]
    public void No_room_names_another_room_in_compiled_code() =>
        Assert.That(new Walls("PgScale").Broken(Assembly.Load("PgScale")), Is.Empty);

    [Test]
    public void No_room_names_another_room_in_its_sources()
    {
        var broken =
            from folder in Walls.Folders
            let path = Path.Combine(Repository.Root, "src", "PgScale", folder)
            where Directory.Exists(path)
            from file in Directory.EnumerateFiles(path, "*.cs", SearchOption.AllDirectories)
            from line in Walls.Broken(folder, File.ReadAllText(file))
            select $"{Path.GetRelativePath(Repository.Root, file)}: {line}";

        Assert.That(broken, Is.Empty);
    }

    // Each type of House.Routing breaks the wall in another way; each must be found, and nothing else.
    [Test]
    public void Compiled_code_hides_no_way_through_the_wall()
    {
        var broken = new Walls("PgScale.Tests.Architecture.House").Broken(typeof(WallsTests).Assembly);

        var rogues = typeof(WallsTests).Assembly.GetTypes()
            .Where(type => !type.IsNested && type.Name.StartsWith("Rogue", StringComparison.Ordinal))
            .Select(type => type.FullName);
        Assert.That(broken.Select(line => line.Split(' ')[0]).Distinct(StringComparer.Ordinal), Is.EquivalentTo(rogues));
    }

    [TestCase("using PgScale.Caching;")]
    [TestCase("using Store = global::PgScale.Caching.Store;")]
    [TestCase("namespace PgScale.Caching;")]
    [TestCase("    private const int Size = Caching.Limits.Size;")]
    [TestCase("    throw new ArgumentException(nameof(Ddl.Plan));")]
    public void Source_that_names_another_room_is_found(string line) =>
        Assert.That(Walls.Broken("Routing", $"class A\n{line}\n"), Is.EqualTo(new[] { line.Trim() }));

    [TestCase("using PgScale.Routing;")]
    [TestCase("using PgScale.Cluster;")]
    [TestCase("    /// <summary>Unlike Caching.Store …</summary>")]
    [TestCase("    options.Caching.Enabled = true;")]
    [TestCase("    var size = MyCaching.Size;")]
    public void Source_that_names_no_other_room_passes(string line) =>
        Assert.That(Walls.Broken("Routing", line), Is.Empty);

    [Test]
    public void Floor_that_names_a_room_is_found() =>
        Assert.That(Walls.Broken("Cluster", "using PgScale.Routing;"), Is.Not.Empty);
}
