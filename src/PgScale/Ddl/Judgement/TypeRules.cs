using PgScale.Ddl.Server;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Judgement;

/// <summary>Domains and types, whose changes reach the tables that use them.</summary>
internal static class TypeRules
{
    public static void Apply(DdlStatement statement, Ruling ruling)
    {
        switch (statement)
        {
            case AlterDomain { Action: "ADD" or "VALIDATE" or "SET NOT NULL" } domain when !domain.NotValid:
                Domain(domain, ruling);
                break;
            case AlterType { Action: "RENAME VALUE" } type:
                ruling.Refuse(DdlRules.Rename, $"Programs that know the value of {type.Type} by its old name fail from this moment on.");
                break;
            case AlterType { Cascade: true } type:
                Typed(type, ruling);
                break;
        }
    }

    private static void Domain(AlterDomain domain, Ruling ruling)
    {
        foreach (RelationFacts user in ruling.Facts.Users)
        {
            ruling.Lock(user.Name.ToString(), DdlLockMode.Share);
            ruling.Scan(user.Name.ToString());
        }

        if (!ruling.Facts.FromServer || ruling.Facts.Users.Exists(user => !ruling.IsSmall(user)))
        {
            var first = ruling.Facts.Users.Find(user => !ruling.IsSmall(user))?.Name.ToString() ?? "every table that uses it";
            ruling.Refuse(DdlRules.DomainConstraint, $"The constraint of {domain.Domain} is verified on {first} while writes wait.");
        }
    }

    private static void Typed(AlterType type, Ruling ruling)
    {
        foreach (RelationFacts user in ruling.Facts.Users)
        {
            ruling.Lock(user.Name.ToString(), DdlLockMode.AccessExclusive);
            if (type.ChangesAttributes)
            {
                ruling.Rewrite(user.Name.ToString());
            }
        }

        if (!ruling.Facts.FromServer || ruling.Facts.Users.Exists(user => !ruling.IsSmall(user)))
        {
            ruling.Refuse(DdlRules.TypeChange, $"CASCADE changes the tables of the type {type.Type}, and may write them anew.");
        }
    }
}
