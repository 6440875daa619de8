using PgScale.Buffering;

namespace PgScale.IntegrationTests.Buffering;

/// <summary>Mappings that do not fit their table are refused at the start.</summary>
internal sealed class MappingTests
{
    [TestCase("other integer", "Column 'id'", "does not exist. Use one of other")]
    [TestCase("id bigint GENERATED ALWAYS AS IDENTITY, text text", "Column 'id'", "Leave it out")]
    [TestCase("id bigint, text text, more integer NOT NULL", "Column 'more'", "Map it, or give it a default")]
    [TestCase("id bigint, text integer", "Column 'text'", "System.String cannot be written")]
    [TestCase("id uuid, text text", "Column 'id'", "System.Int64 cannot be written")]
    public async Task Append_names_the_column_and_the_remedy(string columns, string what, string remedy)
    {
        var table = await BufferCluster.CreateTableAsync(columns);
        Assert.That(() => StartAsync(to => to.AppendTo(table).Column("id", item => item.Id).Column("text", item => item.Text)), Refuses(what, table, remedy));
    }

    [Test]
    public async Task Missing_table_is_named()
    {
        await BufferCluster.GetAsync();
        Assert.That(() => StartAsync(to => to.AppendTo("nowhere.to_be_found").Column("id", item => item.Id)), Refuses("no table", "nowhere.to_be_found", "Create it"));
    }

    [TestCase("id bigint, level integer", "has no unique index on (\"id\")", "CREATE UNIQUE INDEX CONCURRENTLY")]
    [TestCase("id bigint PRIMARY KEY, level integer, more integer NOT NULL", "Column 'more'", "Map it, or give it a default")]
    [TestCase("id bigint PRIMARY KEY, level text", "Column 'level'", "System.Int32 cannot be written")]
    public async Task Merge_names_the_column_and_the_remedy(string columns, string what, string remedy)
    {
        var table = await BufferCluster.CreateTableAsync(columns);
        Assert.That(() => StartAsync(to => to.MergeInto(table).Key("id", item => item.Id).Max("level", item => item.Level ?? 0)), Refuses(what, table, remedy));
    }

    [Test]
    public async Task Sum_of_fractions_into_whole_numbers_is_refused()
    {
        var table = await BufferCluster.CreateTableAsync("id bigint PRIMARY KEY, level integer");
        Assert.That(() => StartAsync(to => to.MergeInto(table).Key("id", item => item.Id).Sum("level", _ => 0.5m)), Refuses("Column 'level'", table, "make the column numeric"));
    }

    [Test]
    public async Task Key_that_compares_loosely_is_refused()
    {
        var table = await BufferCluster.CreateTableAsync("id char(10) PRIMARY KEY, level integer");
        Assert.That(() => StartAsync(to => to.MergeInto(table).Key("id", item => item.Text!).Max("level", item => item.Level ?? 0)), Refuses("Column 'id'", table, "another key"));
    }

    [Test]
    public async Task Key_whose_domain_compares_loosely_is_refused()
    {
        var cluster = await BufferCluster.GetAsync();
        await cluster.Primary.ExecuteAsync("CREATE DOMAIN padded AS char(10)");
        await cluster.Primary.ExecuteAsync("CREATE DOMAIN padded_code AS padded CHECK (value <> '')");
        var table = await BufferCluster.CreateTableAsync("id padded_code PRIMARY KEY, level integer");
        Assert.That(() => StartAsync(to => to.MergeInto(table).Key("id", item => item.Text!).Max("level", item => item.Level ?? 0)), Refuses("Column 'id'", table, "another key"));
    }

    private static async Task StartAsync(Action<LazyWriteBufferBuilder<Entry>> build)
    {
        await using var buffered = await Buffered.StartAsync(await BufferCluster.GetAsync(), builder => builder.AddLazyWriteBuffer(build));
    }

    private static NUnit.Framework.Constraints.IResolveConstraint Refuses(params string[] parts)
    {
        NUnit.Framework.Constraints.Constraint constraint = Throws.InstanceOf<BufferMappingException>();
        foreach (var part in parts)
        {
            constraint = constraint.And.Message.Contains(part);
        }

        return constraint;
    }
}
