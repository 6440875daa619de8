using PgScale.Ddl.Server;

namespace PgScale.Tests.Ddl.Server;

/// <summary>What the server prints of a parse tree.</summary>
public sealed class ServerTreeReaderTests
{
    [TestCase("{RANGEVAR :relname Odd\\ Name :inh true}")]
    [TestCase("{RANGEVAR :relname Odd\\\nName :inh true}")]
    [TestCase("{RANGEVAR :relname \"Odd\nName\" :inh true}")]
    public void Name_with_a_blank_is_one_wherever_the_line_is_broken(string printed) =>
        Assert.That(ServerTreeReader.Read(printed).Text("relname"), Is.EqualTo("Odd Name"));
}
