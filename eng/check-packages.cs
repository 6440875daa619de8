// Fails when a package misses what its users count on, or when its content depends on the machine that packed it.
// Run by `./build.sh pack` with the folder of the packages.
#:property PublishAot=false
#:property NoWarn=$(NoWarn);MA0048

using System.IO.Compression;
using System.Reflection.Metadata;
using System.Xml.Linq;

var folder = args[0];
var packages = Directory.GetFiles(folder, "*.nupkg").Order(StringComparer.Ordinal).ToArray();
var problems = packages.SelectMany(Problems).ToList();
if (packages.Length == 0)
{
    problems.Add($"There is no package in {folder}.");
}

foreach (var package in packages)
{
    Console.WriteLine($"{Path.GetRelativePath(Directory.GetCurrentDirectory(), package)}  {new FileInfo(package).Length / 1024.0:N0} KiB");
}

problems.ForEach(problem => Console.Error.WriteLine(problem));
return problems.Count == 0 ? 0 : 1;

static IEnumerable<string> Problems(string package)
{
    var name = Path.GetFileName(package);
    using var zip = ZipFile.OpenRead(package);
    var files = zip.Entries.Select(entry => entry.FullName).ToList();
    var manifest = Manifest(zip);
    string id = Value(manifest, "id");
    var isTool = files.Contains($"tools/net10.0/any/{id}.dll");
    var folder = isTool ? "tools/net10.0/any" : "lib/net10.0";
    string[] needed = isTool ? ["README.md", "icon.png", $"{folder}/DotnetToolSettings.xml"] : ["README.md", "icon.png", $"{folder}/{id}.dll", $"{folder}/{id}.xml"];
    foreach (var file in needed)
    {
        if (!files.Contains(file))
        {
            yield return $"{name} has no {file}.";
        }
    }

    foreach (var element in new[] { "authors", "description", "icon", "license", "readme", "tags" })
    {
        if (Value(manifest, element).Length == 0)
        {
            yield return $"{name} has no <{element}> in its manifest.";
        }
    }

    var symbols = Path.ChangeExtension(package, ".snupkg");
    if (!File.Exists(symbols) || !HasEntry(symbols, $"{folder}/{id}.pdb"))
    {
        yield return $"{name} has no symbols: {Path.GetFileName(symbols)} with {folder}/{id}.pdb is missing.";
    }
    else
    {
        foreach (var problem in ProblemsOfSymbols(symbols, $"{folder}/{id}.pdb"))
        {
            yield return $"{name} {problem}";
        }
    }
}

static XElement Manifest(ZipArchive zip)
{
    using var stream = zip.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
    return XDocument.Load(stream).Root!;
}

static string Value(XElement manifest, string name) =>
    manifest.Descendants().FirstOrDefault(element => string.Equals(element.Name.LocalName, name, StringComparison.Ordinal))?.Value ?? "";

static bool HasEntry(string archive, string path)
{
    using var zip = ZipFile.OpenRead(archive);
    return zip.GetEntry(path) is not null;
}

static List<string> ProblemsOfSymbols(string archive, string path)
{
    using var zip = ZipFile.OpenRead(archive);
    using var content = new MemoryStream();
    using (var stream = zip.GetEntry(path)!.Open())
    {
        stream.CopyTo(content);
    }

    content.Position = 0;
    using var provider = MetadataReaderProvider.FromPortablePdbStream(content);
    var reader = provider.GetMetadataReader();
    var linked = HasInformation(reader, EntityHandle.ModuleDefinition, SymbolInformation.SourceLink);
    List<string> problems = [];
    foreach (var handle in reader.Documents)
    {
        // A deterministic build names its sources from /_/, whatever folder they lie in.
        var source = reader.GetString(reader.GetDocument(handle).Name);
        if (!source.StartsWith("/_/", StringComparison.Ordinal))
        {
            problems.Add($"is not deterministic: its symbols name the file {source} instead of /_/…");
        }
        else if (!linked && !HasInformation(reader, handle, SymbolInformation.EmbeddedSource))
        {
            problems.Add($"cannot be debugged: its symbols neither hold {source} nor say where it is.");
        }
    }

    return problems;
}

static bool HasInformation(MetadataReader reader, EntityHandle of, Guid kind) =>
    reader.GetCustomDebugInformation(of).Any(handle => reader.GetGuid(reader.GetCustomDebugInformation(handle).Kind) == kind);

// The kinds are those of the Portable PDB format.
internal static class SymbolInformation
{
    public static readonly Guid SourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");
    public static readonly Guid EmbeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");
}
