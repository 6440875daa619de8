using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Text;

/// <summary>Reads what stands behind REFERENCES: the table, its columns, MATCH and the actions.</summary>
internal sealed class ReferencesReader(SqlCursor cursor)
{
    /// <summary>Adds them to a constraint.</summary>
    public Constraint Read(Constraint constraint)
    {
        SqlName table = cursor.QualifiedName();
        constraint = constraint with { References = table, ReferencedColumns = cursor.AtSign("(") ? cursor.Names() : [] };
        if (cursor.Accept("match"))
        {
            _ = cursor.AcceptAny("full", "simple") ?? throw cursor.Unexpected("FULL or SIMPLE");
        }

        for (var (delete, update) = (false, false); cursor.Accept("on");)
        {
            var on = cursor.AcceptAny("delete", "update") ?? throw cursor.Unexpected("DELETE or UPDATE");
            _ = (on == "delete" ? delete : update) ? throw cursor.Unexpected() : true;
            (delete, update) = (delete || on == "delete", update || on == "update");
            ReferentialAction(on == "delete");
        }

        return constraint;
    }

    private void ReferentialAction(bool takesColumns)
    {
        if (cursor.Accept("no", "action") || cursor.AcceptAny("restrict", "cascade") is not null)
        {
            return;
        }

        cursor.Expect("set");
        _ = cursor.AcceptAny("null", "default") ?? throw cursor.Unexpected("NULL or DEFAULT");
        if (takesColumns && cursor.AtSign("("))
        {
            cursor.Names();
        }
    }
}
