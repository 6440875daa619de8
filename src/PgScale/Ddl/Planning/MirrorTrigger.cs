using PgScale.Ddl.Text;

namespace PgScale.Ddl.Planning;

/// <summary>A trigger that computes one column from the others whenever a row is written. It runs after all others, so it sees what they have set.</summary>
internal sealed class MirrorTrigger(PlannedTable table, string column, string? lastTrigger, string ending = "_pgs_mirror")
{
    private readonly string _name = Name(column, lastTrigger, ending) ?? throw new InvalidOperationException($"No trigger of {table.Name} can run after {lastTrigger}.");
    private readonly string _function = table.Name.Beside(SqlNames.WithEnding($"{table.Name.Name}_{column}", ending)).ToString();

    /// <summary>Triggers run in the order of their names; null when no name of 63 bytes comes after the last.</summary>
    public static string? Name(string column, string? lastTrigger, string ending = "_pgs_mirror")
    {
        var usual = SqlNames.WithEnding(column, ending);
        var name = lastTrigger is null || string.CompareOrdinal(lastTrigger, usual) < 0 ? usual : SqlNames.WithEnding(lastTrigger, "~");
        return lastTrigger is null || string.CompareOrdinal(lastTrigger, name) < 0 ? name : null;
    }

    /// <summary>
    /// Makes it. The expression means what it means here, whatever the settings of those who write, and it is computed for rows that
    /// replication brings as well.
    /// </summary>
    public IReadOnlyList<string> Create(string target, string expression)
    {
        var body = $"BEGIN SELECT {expression} INTO NEW.{SqlNames.Quote(target)} FROM (SELECT NEW.*) AS row_of_now; RETURN NEW; END";
        return
        [
            $"CREATE FUNCTION {_function}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT SET TimeZone FROM CURRENT SET DateStyle FROM CURRENT AS {SqlNames.Literal(body)}",
            $"CREATE TRIGGER {SqlNames.Quote(_name)} BEFORE INSERT OR UPDATE ON {table.Sql} FOR EACH ROW EXECUTE FUNCTION {_function}()",
            $"ALTER TABLE {table.Sql} ENABLE ALWAYS TRIGGER {SqlNames.Quote(_name)}",
        ];
    }

    /// <summary>Takes it away.</summary>
    public IReadOnlyList<string> Drop => [$"DROP TRIGGER {SqlNames.Quote(_name)} ON {table.Sql}", $"DROP FUNCTION {_function}()"];
}
