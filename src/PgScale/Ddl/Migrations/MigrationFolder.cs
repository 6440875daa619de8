using System.Security.Cryptography;
using System.Text;
using PgScale.Ddl.History;

namespace PgScale.Ddl.Migrations;

/// <summary>The <c>.sql</c> files of a folder in the order of their names, compared with what was applied.</summary>
internal static class MigrationFolder
{
    /// <summary>Reads the files and their statements.</summary>
    /// <exception cref="DdlException">There is no such folder, or a file cannot be cut into statements.</exception>
    internal static async Task<List<DdlMigration>> ReadAsync(string folder, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
        {
            throw new DdlException(DdlFailure.MigrationMismatch, $"There is no folder '{folder}'. Give the folder that holds the .sql files.");
        }

        var migrations = new List<DdlMigration>();
        foreach (var path in Directory.EnumerateFiles(folder, "*.sql").Order(StringComparer.Ordinal))
        {
            migrations.Add(await ReadFileAsync(path, cancellationToken).ConfigureAwait(false));
        }

        return migrations;
    }

    /// <summary>Marks what was applied, and refuses what does not fit it.</summary>
    /// <exception cref="DdlException">A file was changed after it was applied, is gone in part, or comes before one that was applied.</exception>
    internal static List<DdlMigration> Compare(IReadOnlyList<DdlMigration> files, IReadOnlyList<AppliedStatement> applied, bool allowOutOfOrder)
    {
        var byFile = applied.ToLookup(one => one.File, StringComparer.Ordinal);
        var compared = files.Select(file => file with { IsApplied = IsApplied(file, [.. byFile[file.Name]]) }).ToList();
        var last = compared.FindLast(file => file.IsApplied && file.Statements.Count > 0);
        var late = compared.Find(file => !file.IsApplied && last is not null && string.CompareOrdinal(file.Name, last.Name) < 0);
        return late is null || allowOutOfOrder
            ? compared
            : throw new DdlException(
                DdlFailure.MigrationMismatch,
                $"The migration {late.Name} has not been applied, but {last!.Name}, which comes after it, has. Give it a later name, or set PgScale:Ddl:AllowOutOfOrder.");
    }

    private static bool IsApplied(DdlMigration file, List<AppliedStatement> applied)
    {
        foreach (var one in applied)
        {
            if (one.Position >= file.Statements.Count || !string.Equals(file.Statements[one.Position], one.Sql, StringComparison.Ordinal))
            {
                throw Changed(file, $"its statement {one.Position + 1} was applied as: {one.Sql}");
            }
        }

        // While a file is half applied, what follows may still be corrected.
        var isComplete = applied.Count > 0 && applied.Count >= applied.MaxBy(one => one.Position)!.Statements;
        return isComplete && applied.Count < file.Statements.Count
            ? throw Changed(file, $"it had {applied.Count} statements and has {file.Statements.Count} now")
            : applied.Count == file.Statements.Count;
    }

    private static DdlException Changed(DdlMigration file, string how) => new(
        DdlFailure.MigrationMismatch, $"The migration {file.Name} was changed after it was applied: {how}. Restore the file, and put the change into a new one.");

    private static async Task<DdlMigration> ReadFileAsync(string path, CancellationToken cancellationToken)
    {
        var text = (await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false)).ReplaceLineEndings("\n");
        var name = Path.GetFileName(path);
        try
        {
            return new(name, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), DdlScript.Split(text), IsApplied: false);
        }
        catch (FormatException wrong)
        {
            throw new DdlException(DdlFailure.MigrationMismatch, $"The migration {name} cannot be cut into statements: {wrong.Message}", wrong);
        }
    }
}
