namespace PgScale.Samples.ChatService.Demo.Servers;

/// <summary>The folder of migrations as a deployment brings it: the first version at the start, the next one when it is released.</summary>
internal sealed class Release : IDisposable
{
    private const string First = "0001_tables.sql";
    private const string Next = "0002_importance.sql";

    private readonly string _source = Path.Combine(AppContext.BaseDirectory, "Migrations");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pgscale-chat-");

    public Release() => Add(First);

    public string Folder => _folder.FullName;

    /// <summary>The statements of the first version, for the side without PgScale.</summary>
    public string FirstSql => File.ReadAllText(Path.Combine(_source, First));

    public void AddNext() => Add(Next);

    public void Dispose() => _folder.Delete(recursive: true);

    private void Add(string file) => File.Copy(Path.Combine(_source, file), Path.Combine(Folder, file));
}
