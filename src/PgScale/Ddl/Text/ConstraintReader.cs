using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Text;

/// <summary>Reads the constraints of columns and tables (ColQualList and ConstraintElem).</summary>
internal sealed class ConstraintReader(SqlCursor cursor, SqlExpressionReader expressions, OptionReader options, IndexKeyReader keys)
{
    /// <summary>A whole column: name, type, constraints.</summary>
    public ColumnDefinition Column(SqlTypeReader types)
    {
        var name = cursor.Name();
        SqlType type = types.Read();
        var words = ColumnWords();
        List<Constraint> constraints = ColumnConstraints(ref words);
        return new ColumnDefinition(name, type, words, constraints);
    }

    /// <summary>The constraints behind a type; COLLATE among them is added to the words.</summary>
    public List<Constraint> ColumnConstraints(ref string words)
    {
        List<Constraint> constraints = [];
        var collated = false;
        while (true)
        {
            var start = cursor.Index;
            if (!collated && cursor.Accept("collate"))
            {
                collated = true;
                cursor.AnyName();
                words += " " + cursor.TextFrom(start);
            }
            else if (ColumnConstraint() is { } constraint)
            {
                constraints.Add(constraint);
            }
            else
            {
                return constraints;
            }
        }
    }

    /// <summary>A constraint of a table, with its name or without.</summary>
    public Constraint TableConstraint()
    {
        var name = cursor.Accept("constraint") ? cursor.Name() : null;
        var start = cursor.Index;
        Constraint constraint = TableElement();
        return Attributes(constraint with { Name = name, Text = cursor.TextFrom(start) });
    }

    public bool AtTableConstraint =>
        cursor.AtAny("constraint", "check", "unique", "primary", "foreign") || cursor.At("not", "null")
        || (cursor.At("exclude") && (cursor.Peek(1).IsWord("using") || cursor.Peek(1).IsSign("(")));

    private string ColumnWords()
    {
        var start = cursor.Index;
        // STORAGE in a definition is known from 16 on only.
        if (cursor.Accept("compression"))
        {
            _ = cursor.Accept("default") ? "" : cursor.Name();
        }

        return cursor.TextFrom(start);
    }

    private Constraint? ColumnConstraint()
    {
        var name = cursor.Accept("constraint") ? cursor.Name() : null;
        var start = cursor.Index;
        Constraint? constraint = ColumnElement();
        if (constraint is null)
        {
            return name is null ? null : throw cursor.Unexpected("a constraint");
        }

        constraint = constraint with { Name = name, Text = cursor.TextFrom(start) };
        return constraint.Kind is ConstraintKind.ForeignKey or ConstraintKind.Unique or ConstraintKind.PrimaryKey
            ? constraint with { DeferralWords = Deferral() }
            : constraint;
    }

    private Constraint? ColumnElement()
    {
        if (cursor.Accept("not", "null"))
        {
            return new Constraint(ConstraintKind.NotNull);
        }

        switch (cursor.AcceptAny("null", "default", "check", "unique", "primary", "references", "generated"))
        {
            case "null":
                return new Constraint(ConstraintKind.Null);
            case "default":
                return new Constraint(ConstraintKind.Default) { Expression = expressions.ReadRestricted() };
            case "check":
                return Check();
            case "unique":
                return IndexWords(new Constraint(ConstraintKind.Unique) { NullsNotDistinct = NullsNotDistinct() }, include: false);
            case "primary":
                cursor.Expect("key");
                return IndexWords(new Constraint(ConstraintKind.PrimaryKey), include: false);
            case "references":
                return new ReferencesReader(cursor).Read(new Constraint(ConstraintKind.ForeignKey));
            case "generated":
                return Generated();
            default:
                return null;
        }
    }

    private Constraint Check()
    {
        cursor.ExpectSign("(");
        SqlExpression condition = expressions.Read();
        cursor.ExpectSign(")");
        return new Constraint(ConstraintKind.Check) { Expression = condition, NoInherit = cursor.Accept("no", "inherit") };
    }

    private Constraint Generated()
    {
        var always = cursor.Accept("always");
        if (!always)
        {
            cursor.Expect("by", "default");
        }

        cursor.Expect("as");
        if (cursor.Accept("identity"))
        {
            options.SequenceInBrackets();
            return new Constraint(ConstraintKind.Identity);
        }

        cursor.ExpectSign("(");
        SqlExpression expression = expressions.Read();
        cursor.ExpectSign(")");
        _ = always ? true : throw cursor.Unexpected();
        cursor.Expect("stored"); // VIRTUAL is known from 18 on only
        return new Constraint(ConstraintKind.Generated) { Expression = expression, Stored = true };
    }

    private Constraint TableElement()
    {
        switch (cursor.AcceptAny("check", "unique", "primary", "foreign", "exclude"))
        {
            case "check":
                return Check();
            case "unique":
                return Key(ConstraintKind.Unique);
            case "primary":
                cursor.Expect("key");
                return Key(ConstraintKind.PrimaryKey);
            case "foreign":
                cursor.Expect("key");
                Constraint key = new(ConstraintKind.ForeignKey) { Columns = cursor.Names() };
                cursor.Expect("references");
                return new ReferencesReader(cursor).Read(key);
            case "exclude":
                return Exclusion();
            default:
                throw cursor.Unexpected("a constraint");
        }
    }

    private Constraint Key(ConstraintKind kind)
    {
        if (cursor.Accept("using", "index"))
        {
            return new Constraint(kind) { UsingIndex = cursor.Name() };
        }

        var nullsNotDistinct = kind == ConstraintKind.Unique && NullsNotDistinct();
        return IndexWords(new Constraint(kind) { NullsNotDistinct = nullsNotDistinct, Columns = cursor.Names() }, include: true);
    }

    private bool NullsNotDistinct()
    {
        if (!cursor.Accept("nulls"))
        {
            return false;
        }

        var not = cursor.Accept("not");
        cursor.Expect("distinct");
        return not;
    }

    private Constraint IndexWords(Constraint constraint, bool include)
    {
        var start = cursor.Index;
        List<string> included = include && cursor.Accept("include") ? cursor.Names() : [];

        if (cursor.Accept("with"))
        {
            options.Definition();
        }

        if (cursor.Accept("using", "index", "tablespace"))
        {
            cursor.Name();
        }

        return constraint with { Included = included, IndexWords = cursor.TextFrom(start) };
    }

    private Constraint Exclusion()
    {
        if (cursor.Accept("using"))
        {
            cursor.Name();
        }

        cursor.Bracketed(() =>
        {
            keys.Read();
            cursor.Expect("with");
            return ExclusionOperator();
        });
        Constraint constraint = IndexWords(new Constraint(ConstraintKind.Exclusion), include: true);
        if (cursor.Accept("where"))
        {
            cursor.ExpectSign("(");
            expressions.Read();
            cursor.ExpectSign(")");
        }

        return constraint;
    }

    private bool ExclusionOperator()
    {
        SqlToken token = cursor.Take();
        return token.Kind == SqlTokenKind.Sign && SqlCharacters.IsOperator(token.Value[0]) && token.Value != "=>" ? true : throw cursor.Unexpected("an operator");
    }

    // NOT VALID and DEFERRABLE in any order, each where the server takes it.
    private Constraint Attributes(Constraint constraint)
    {
        if (constraint.Kind is ConstraintKind.Check)
        {
            constraint = constraint with { NotValid = cursor.Accept("not", "valid") };
            return constraint with { NoInherit = constraint.NoInherit || cursor.Accept("no", "inherit") };
        }

        var notValid = constraint.Kind == ConstraintKind.ForeignKey && cursor.Accept("not", "valid");
        constraint = constraint with { DeferralWords = Deferral() };
        return constraint with { NotValid = notValid || (constraint.Kind == ConstraintKind.ForeignKey && cursor.Accept("not", "valid")) };
    }

    private string Deferral()
    {
        var start = cursor.Index;
        var never = cursor.Accept("not", "deferrable");
        _ = never || cursor.Accept("deferrable");
        if (cursor.Accept("initially"))
        {
            var when = cursor.AcceptAny("deferred", "immediate") ?? throw cursor.Unexpected("DEFERRED or IMMEDIATE");
            _ = never && when == "deferred" ? throw cursor.Unexpected() : true;
        }

        return cursor.TextFrom(start);
    }
}
