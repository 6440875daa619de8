using PgScale.Caching.Tags;
using PgScale.Cluster;
using PgScale.Tests.Cluster;

namespace PgScale.Tests.Caching.Tags;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TagTokenTests
{
    private readonly TagRegistry _tags = new();

    [Test]
    public void Removal_without_a_token_does_not_forget_the_token_of_the_one_before()
    {
        _tags.Get("t");
        _tags.Apply("t", new(5, PaperCluster.Token(2_000)));
        _tags.Apply("t", new(6, ConsistencyToken.None));
        Assert.That(_tags.Stamp(["t"]).Token, Is.EqualTo(PaperCluster.Token(2_000)));
    }

    [Test]
    public void Redis_that_lost_its_data_does_not_make_the_token_forgotten()
    {
        var tag = _tags.Get("t");
        _tags.Apply("t", new(5, PaperCluster.Token(2_000)));
        tag.Learn(TagRecord.Never, epoch: 2, tag.Record);
        Assert.That(_tags.Stamp(["t"]).Token, Is.EqualTo(PaperCluster.Token(2_000)));
        Assert.That(_tags.Stamp(["t"])[1].Version, Is.Zero);
    }

    [Test]
    public void Removal_that_was_announced_meanwhile_is_newer_than_what_was_read()
    {
        var tag = _tags.Get("t");
        var before = tag.Record;
        _tags.Apply("t", new(6, ConsistencyToken.None));
        tag.Learn(new(5, ConsistencyToken.None), epoch: 1, before);
        Assert.That(tag.Record.Version, Is.EqualTo(6));
    }
}
